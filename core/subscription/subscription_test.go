package subscription_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const grace = 7 * 24 * time.Hour

var (
	start = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	end   = start.AddDate(0, 1, 0)
	plans = subscription.Plans{
		Basic: subscription.Plan{Tier: subscription.Basic, Terms: chat.Terms{Limit: 5}},
		Pro:   subscription.Plan{Tier: subscription.Pro, Terms: chat.Terms{Limit: quota.Unlimited}},
		Grace: grace,
	}
	statuses = []subscription.Status{subscription.None, subscription.Active, subscription.Trialing, subscription.PastDue, subscription.Canceled,
		subscription.Unpaid, subscription.Incomplete, subscription.IncompleteExpired, subscription.Paused, "something new"}
)

func TestProUntil(t *testing.T) {
	cancelled := start.AddDate(0, 0, 10)
	for name, c := range map[string]struct {
		s    subscription.Snapshot
		want time.Time
	}{
		"active":               {subscription.Snapshot{Status: subscription.Active}, end.Add(grace)},
		"trialing":             {subscription.Snapshot{Status: subscription.Trialing}, end.Add(grace)},
		"cancel at period end": {subscription.Snapshot{Status: subscription.Active, CancelAtPeriodEnd: true}, end},
		"past due":             {subscription.Snapshot{Status: subscription.PastDue}, start.Add(grace)},
		"canceled":             {subscription.Snapshot{Status: subscription.Canceled, Ended: cancelled}, cancelled},
		"unpaid":               {subscription.Snapshot{Status: subscription.Unpaid}, time.Time{}},
		"incomplete":           {subscription.Snapshot{Status: subscription.Incomplete}, time.Time{}},
		"paused":               {subscription.Snapshot{Status: subscription.Paused}, time.Time{}},
		"unheard of":           {subscription.Snapshot{Status: "something new"}, time.Time{}},
		"none":                 {subscription.Snapshot{}, time.Time{}},
	} {
		c.s.PeriodStart, c.s.PeriodEnd = start, end
		if got := c.s.ProUntil(grace); !got.Equal(c.want) {
			t.Errorf("%s: Pro until %s, want %s", name, got, c.want)
		}
	}
}

func TestStateOf(t *testing.T) {
	s := subscription.Snapshot{Status: subscription.Active, PeriodStart: start, PeriodEnd: end, CancelAtPeriodEnd: true}
	last := end.Add(-time.Microsecond)
	if got := subscription.StateOf(s, plans, last); got != (subscription.State{Tier: subscription.Pro, Status: subscription.Active, PeriodEnd: end, CancelAtPeriodEnd: true}) {
		t.Errorf("before the end: %+v", got)
	}
	if got := subscription.StateOf(s, plans, end); got.Tier != subscription.Basic {
		t.Errorf("at the end: %+v", got)
	}
	s.Status, s.Ended = subscription.Canceled, end
	if got := subscription.StateOf(s, plans, end); got.CancelAtPeriodEnd || got.Status != subscription.Canceled {
		t.Errorf("what has ended is not about to: %+v", got)
	}
	if got := subscription.StateOf(subscription.Snapshot{}, plans, end); got != (subscription.State{Tier: subscription.Basic, Status: subscription.None}) {
		t.Errorf("never subscribed: %+v", got)
	}
}

func TestLive(t *testing.T) {
	for _, status := range statuses {
		want := status == subscription.Active || status == subscription.Trialing || status == subscription.PastDue || status == subscription.Unpaid || status == subscription.Paused
		if got := (subscription.Snapshot{Status: status}).Live(); got != want {
			t.Errorf("%s: live %v", status, got)
		}
	}
}

func TestBest(t *testing.T) {
	if subscription.Best().Status != subscription.None {
		t.Error("the best of none is None")
	}
	old := subscription.Snapshot{ID: "sub_old", Status: subscription.Canceled, PeriodEnd: end, Ended: end}
	young := subscription.Snapshot{ID: "sub_new", Status: subscription.Active, PeriodStart: end, PeriodEnd: end.AddDate(0, 1, 0)}
	if subscription.Best(old, young).ID != "sub_new" || subscription.Best(young, old).ID != "sub_new" {
		t.Error("a running subscription is better than an ended one")
	}
	stuck := subscription.Snapshot{ID: "sub_unpaid", Status: subscription.Unpaid}
	for _, ended := range []subscription.Snapshot{{ID: "sub_z", Status: subscription.IncompleteExpired}, old} {
		if got := subscription.Best(ended, stuck); got.ID != "sub_unpaid" {
			t.Errorf("a live one must be seen, or a second is sold: %s", got.ID)
		}
	}
}

func snapshots(t *rapid.T) []subscription.Snapshot {
	day := func(label string) time.Time {
		return start.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, label))
	}
	var all []subscription.Snapshot
	for range rapid.IntRange(1, 6).Draw(t, "n") {
		all = append(all, subscription.Snapshot{
			ID: rapid.SampledFrom([]string{"sub_1", "sub_2"}).Draw(t, "id"), Status: rapid.SampledFrom(statuses).Draw(t, "status"),
			PeriodStart: day("start"), PeriodEnd: day("end"), Ended: day("ended"), At: day("at"),
			CancelAtPeriodEnd: rapid.Bool().Draw(t, "cancel"),
		})
	}
	return all
}

// Whatever the order in which a customer's subscriptions are listed, the same one counts.
func TestBestOfAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := snapshots(t)
		want := subscription.Best(all...)
		shuffled := rapid.Permutation(append(all, rapid.SliceOfN(rapid.SampledFrom(all), 0, 4).Draw(t, "duplicates")...)).Draw(t, "shuffled")
		if got := subscription.Best(shuffled...); got.News(want) {
			t.Fatal(cmp.Diff(want, got))
		}
		for _, s := range all {
			if s.Live() && !want.Live() {
				t.Fatal("a live one lost")
			}
		}
	})
}

func TestPlansFor(t *testing.T) {
	if plans.For(end, end).Tier != subscription.Basic || plans.For(end, end.Add(-1)).Tier != subscription.Pro {
		t.Error("Pro ends at its instant")
	}
}
