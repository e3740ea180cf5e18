package subscription_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/subscription"
)

func TestBest(t *testing.T) {
	if got := subscription.Best().Status; got != subscription.None {
		t.Errorf("status without any snapshot = %s, want none", got)
	}
	ended := subscription.Snapshot{ID: "sub_ended", Status: subscription.Canceled, PeriodEnd: end, Ended: end}
	active := subscription.Snapshot{
		ID:          "sub_active",
		Status:      subscription.Active,
		PeriodStart: end,
		PeriodEnd:   end.AddDate(0, 1, 0),
	}
	if subscription.Best(ended, active).ID != "sub_active" || subscription.Best(active, ended).ID != "sub_active" {
		t.Error("an ended subscription was preferred to an active one")
	}
	unpaid := subscription.Snapshot{ID: "sub_unpaid", Status: subscription.Unpaid}
	for _, dead := range []subscription.Snapshot{{ID: "sub_z", Status: subscription.IncompleteExpired}, ended} {
		if got := subscription.Best(dead, unpaid); got.ID != "sub_unpaid" {
			t.Errorf("%s was preferred to a live subscription, so a second one could be sold", got.ID)
		}
	}
}

func TestBestIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawSnapshots(t)
		want := subscription.Best(all...)
		duplicates := rapid.SliceOfN(rapid.SampledFrom(all), 0, 4).Draw(t, "duplicates")
		shuffled := rapid.Permutation(append(all, duplicates...)).Draw(t, "shuffled")
		if got := subscription.Best(shuffled...); got.Differs(want) {
			t.Fatalf("another order has another best snapshot (-want +got):\n%s", cmp.Diff(want, got))
		}
		for _, s := range all {
			if s.Live() && !want.Live() {
				t.Fatalf("%+v was preferred to the live %+v", want, s)
			}
		}
	})
}
