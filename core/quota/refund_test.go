package quota_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/quota"
)

func TestMerge(t *testing.T) {
	own, kept := quota.Count{Used: 3, Refunded: 1}, quota.Count{Used: 2, Refunded: 4}
	if got, want := own.Merge(kept), (quota.Count{Used: 3, Refunded: 4}); got != want {
		t.Errorf("Merge of %+v and %+v = %+v, want %+v", own, kept, got, want)
	}
}

func TestRefund(t *testing.T) {
	for _, c := range []struct {
		limit         quota.RefundLimit
		count, want   quota.Count
		wantsRefunded bool
	}{
		{limit: 2, count: quota.Count{Used: 3}, want: quota.Count{Used: 2, Refunded: 1}, wantsRefunded: true},
		{
			limit: 2, count: quota.Count{Used: 3, Refunded: 1},
			want: quota.Count{Used: 2, Refunded: 2}, wantsRefunded: true,
		},
		{limit: 2, count: quota.Count{Used: 3, Refunded: 2}, want: quota.Count{Used: 3, Refunded: 2}},
		{limit: 2, count: quota.Count{Used: 3, Refunded: 7}, want: quota.Count{Used: 3, Refunded: 7}},
		{limit: 0, count: quota.Count{Used: 3}, want: quota.Count{Used: 3}},
	} {
		got := c.count
		if refunded := got.Refund(c.limit); refunded != c.wantsRefunded || got != c.want {
			t.Errorf("Refund(%d) of %+v returns %v and leaves %+v, want %v and %+v",
				c.limit, c.count, refunded, got, c.wantsRefunded, c.want)
		}
	}
}

// A user who sends whenever the quota allows it, and whose replies all fail, sends the limit plus
// the limit of refunds.
func TestRefundsBoundTheMessagesOfADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := quota.Limit(rapid.IntRange(0, 20).Draw(t, "limit"))
		refunds := quota.RefundLimit(rapid.IntRange(0, 20).Draw(t, "refunds"))
		var day quota.Count
		sent, running := 0, 0
		for limit.Allows(day.Used) || running > 0 {
			if running > 0 && (!limit.Allows(day.Used) || rapid.Bool().Draw(t, "fail")) {
				running--
				day.Refund(refunds)
				continue
			}
			day.Used++
			sent++
			running++
		}
		want := int(limit) + int(refunds)
		if limit == 0 {
			want = 0
		}
		if sent != want {
			t.Fatalf("%d messages were sent with a limit of %d and %d refunds, want %d", sent, limit, refunds, want)
		}
	})
}
