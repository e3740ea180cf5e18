package subscription_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// looks asks about a record whenever it is due, and returns how long after start that was.
func looks(r subscription.Record, s subscription.Snapshot, most int) (after []time.Duration) {
	for len(after) < most && !r.Due.IsZero() {
		s.At = r.Due
		after = append(after, s.At.Sub(start))
		r = r.Heard(s)
	}
	return after
}

func TestAPageToPayAtIsWatchedForDays(t *testing.T) {
	none := subscription.Snapshot{Status: subscription.None, At: start}
	opened := subscription.Record{Customer: "cus_1"}.Heard(none).Opened(start)
	minutes := []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120}
	for i := range minutes {
		minutes[i] *= time.Minute
	}
	if got := looks(opened, none, 100); !slices.Equal(got, minutes) {
		t.Errorf("looked at after %v", got)
	}
	for name, ended := range map[string]subscription.Status{"ended": subscription.Canceled, "declined": subscription.Incomplete, "expired": subscription.IncompleteExpired} {
		r := opened.Heard(subscription.Snapshot{ID: "sub_1", Status: ended, Ended: start, At: start})
		if got := looks(r, r.Snapshot, 100); !slices.Equal(got, minutes) {
			t.Errorf("%s: looked at after %v", name, got)
		}
	}
}

// One who opens a page months later is watched anew, also while the company cannot be asked.
func TestAPageOpenedLater(t *testing.T) {
	none := subscription.Snapshot{Status: subscription.None, At: start}
	r := subscription.Record{Customer: "cus_1", Snapshot: none, Changed: start.AddDate(0, -1, 0)}.Heard(none)
	if !r.Due.IsZero() {
		t.Fatalf("nothing came for a month, and it is due at %s", r.Due)
	}
	for _, r := range []subscription.Record{r, {Customer: "cus_1"}} {
		if got := r.Opened(end).Due; !got.Equal(end.Add(5 * time.Minute)) {
			t.Errorf("due at %s", got)
		}
	}
}

func TestWhatLivesIsAskedAboutEveryHour(t *testing.T) {
	for _, status := range statuses {
		s := subscription.Snapshot{ID: "sub_1", Status: status, At: start}
		if !s.Live() {
			continue
		}
		r := subscription.Record{Customer: "cus_1", Snapshot: s, Changed: start.AddDate(-1, 0, 0)}.Heard(s)
		if got := looks(r, s, 3); !slices.Equal(got, []time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour}) {
			t.Errorf("%s: looked at after %v", status, got)
		}
	}
}

// A customer whom the company does not know is not asked about for ever.
func TestALostCustomer(t *testing.T) {
	r := subscription.Record{Customer: "cus_1", Due: start}
	if got := r.Lost(start, start); !got.Due.IsZero() {
		t.Errorf("entitled to nothing, and due at %s", got.Due)
	}
	n := 0
	for now := start; !now.IsZero(); n++ {
		now = r.Lost(now, end).Due
	}
	if n != 32 { // of 31 days
		t.Errorf("asked about %d times", n)
	}
}

// What was heard last counts, also by a clock that is behind; what is said again is no news.
func TestHeard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := snapshots(t)
		kept := subscription.Record{Snapshot: all[0], Changed: start.AddDate(0, 0, -1)}
		said := all[len(all)-1]
		heard := kept.Heard(said)
		if heard.Snapshot != said || said.News(kept.Snapshot) != heard.Changed.Equal(said.At) {
			t.Fatalf("%+v heard as %+v", kept, heard)
		}
		said.At = said.At.Add(time.Minute)
		if said.News(heard.Snapshot) || !heard.Heard(said).Changed.Equal(heard.Changed) {
			t.Fatal("the same is news")
		}
	})
}
