package quota_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/quota"
)

func TestDayOf(t *testing.T) {
	midnight := time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	d := quota.DayOf(midnight)
	if quota.DayOf(midnight.Add(-time.Microsecond)) != d-1 || quota.DayOf(midnight.Add(24*time.Hour-1)) != d {
		t.Error("a day is [midnight, midnight)")
	}
	if quota.DayOf(time.Unix(-1, 0)) != -1 {
		t.Error("days before 1970 are negative")
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1<<36, 1<<36).Draw(t, "unix"), 0)
		end := quota.DayOf(at).Ends()
		if left := end.Sub(at); left <= 0 || left > 24*time.Hour || quota.DayOf(end) != quota.DayOf(at)+1 {
			t.Fatalf("%s ends %s", at.UTC(), end)
		}
		if zone := time.FixedZone("", 9*3600); quota.DayOf(at.In(zone)) != quota.DayOf(at) {
			t.Fatal("the zone of a time must not matter")
		}
	})
}

func TestLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := quota.Limit(rapid.IntRange(0, 20).Draw(t, "limit"))
		used := rapid.IntRange(0, 40).Draw(t, "used")
		if limit.Allows(used) != (limit.Remaining(used) > 0) || limit.Remaining(used) < 0 {
			t.Fatalf("limit %d, used %d: allows %v, remaining %d", limit, used, limit.Allows(used), limit.Remaining(used))
		}
	})
	if !quota.Unlimited.Allows(1<<30) || quota.Unlimited.Remaining(7) != int(quota.Unlimited) {
		t.Error("unlimited is unlimited")
	}
}
