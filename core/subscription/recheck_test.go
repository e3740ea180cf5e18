package subscription_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// recheckTimes updates the record with s whenever it is due, at most limit times.
// It returns the times of these rechecks, counted from start.
func recheckTimes(r subscription.Record, s subscription.Snapshot, limit int) (times []time.Duration) {
	for len(times) < limit && !r.Due.IsZero() {
		s.FetchedAt = r.Due
		times = append(times, s.FetchedAt.Sub(start))
		r = r.Update(s)
	}
	return times
}

func TestOpenCheckoutPageIsRecheckedForDays(t *testing.T) {
	none := subscription.Snapshot{Status: subscription.None, FetchedAt: start}
	opened := subscription.Record{Customer: "cus_1"}.Update(none).CheckoutOpened(start)
	want := []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120}
	for i := range want {
		want[i] *= time.Minute
	}
	if got := recheckTimes(opened, none, 100); !slices.Equal(got, want) {
		t.Errorf("rechecks after %v, want %v", got, want)
	}
	for _, status := range []subscription.Status{
		subscription.Canceled,
		subscription.Incomplete,
		subscription.IncompleteExpired,
	} {
		r := opened.Update(subscription.Snapshot{ID: "sub_1", Status: status, Ended: start, FetchedAt: start})
		if got := recheckTimes(r, r.Snapshot, 100); !slices.Equal(got, want) {
			t.Errorf("%s: rechecks after %v, want %v", status, got, want)
		}
	}
}

// A checkout page that is opened months after the first one starts the rechecks
// again, even if the provider could not be asked at that time.
func TestLaterCheckoutPageStartsRechecksAgain(t *testing.T) {
	none := subscription.Snapshot{Status: subscription.None, FetchedAt: start}
	r := subscription.Record{Customer: "cus_1", Snapshot: none, Changed: start.AddDate(0, -1, 0)}.Update(none)
	if !r.Due.IsZero() {
		t.Fatalf("without a change for a month, the recheck is due at %s, want never", r.Due)
	}
	for _, r := range []subscription.Record{r, {Customer: "cus_1"}} {
		if got, want := r.CheckoutOpened(end).Due, end.Add(5*time.Minute); !got.Equal(want) {
			t.Errorf("the recheck is due at %s, want %s", got, want)
		}
	}
}

func TestLiveSubscriptionIsRecheckedEveryHour(t *testing.T) {
	want := []time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour}
	for _, status := range statuses {
		s := subscription.Snapshot{ID: "sub_1", Status: status, FetchedAt: start}
		if !s.Live() {
			continue
		}
		r := subscription.Record{Customer: "cus_1", Snapshot: s, Changed: start.AddDate(-1, 0, 0)}.Update(s)
		if got := recheckTimes(r, s, 3); !slices.Equal(got, want) {
			t.Errorf("%s: rechecks after %v, want %v", status, got, want)
		}
	}
}

func TestMissingCustomerIsRecheckedUntilProEnds(t *testing.T) {
	r := subscription.Record{Customer: "cus_1", Due: start}
	if got := r.CustomerUnknown(start, start); !got.Due.IsZero() {
		t.Errorf("without an entitlement, the recheck is due at %s, want never", got.Due)
	}
	n := 0
	for now := start; !now.IsZero(); n++ {
		now = r.CustomerUnknown(now, end).Due
	}
	if n != 32 { // start, and daily in the 31 days until end
		t.Errorf("%d rechecks until the end of the entitlement, want 32", n)
	}
}

// The last snapshot is stored, also when its clock is behind. Changed moves only when the snapshot differs.
func TestUpdate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawSnapshots(t)
		stored := subscription.Record{Snapshot: all[0], Changed: start.AddDate(0, 0, -1)}
		fetched := all[len(all)-1]
		updated := stored.Update(fetched)
		if updated.Snapshot != fetched {
			t.Fatalf("%+v stores %+v, want the fetched %+v", stored, updated.Snapshot, fetched)
		}
		changed := updated.Changed.Equal(fetched.FetchedAt)
		if differs := fetched.Differs(stored.Snapshot); changed != differs {
			t.Fatalf("%+v updated with %+v: changed = %v, want %v", stored, fetched, changed, differs)
		}
		fetched.FetchedAt = fetched.FetchedAt.Add(time.Minute)
		if fetched.Differs(updated.Snapshot) {
			t.Fatal("the same snapshot, fetched later, differs")
		}
		if !updated.Update(fetched).Changed.Equal(updated.Changed) {
			t.Fatal("an equal snapshot moved Changed")
		}
	})
}
