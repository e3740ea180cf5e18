package quota_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/quota"
)

func TestDayOf(t *testing.T) {
	midnight := time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	d := quota.DayOf(midnight)
	for at, want := range map[time.Time]quota.Day{
		midnight.Add(-time.Microsecond): d - 1,
		midnight.Add(24*time.Hour - 1):  d,
		time.Unix(-1, 0):                -1, // days before 1970 are negative
	} {
		if got := quota.DayOf(at); got != want {
			t.Errorf("DayOf(%s) = %d, want %d", at.UTC(), got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1<<36, 1<<36).Draw(t, "unix"), 0)
		day := quota.DayOf(at)
		end := day.End()
		if left := end.Sub(at); left <= 0 || left > 24*time.Hour || quota.DayOf(end) != day+1 {
			t.Fatalf("the day of %s ends at %s, want the next midnight", at.UTC(), end)
		}
		inZone := at.In(time.FixedZone("", 9*3600))
		if got := quota.DayOf(inZone); got != day {
			t.Fatalf("DayOf(%s) = %d, want %d as in UTC", inZone, got, day)
		}
	})
}

func TestLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := quota.Limit(rapid.IntRange(0, 20).Draw(t, "limit"))
		used := rapid.IntRange(0, 40).Draw(t, "used")
		allows, remaining := limit.Allows(used), limit.Remaining(used)
		if allows != (remaining > 0) || remaining < 0 {
			t.Fatalf("limit %d after %d messages: Allows = %v and Remaining = %d, want them to agree",
				limit, used, allows, remaining)
		}
	})
	if !quota.Unlimited.Allows(1 << 30) {
		t.Error("Unlimited allows no message after 2^30, want no limit")
	}
	if got := quota.Unlimited.Remaining(7); got != int(quota.Unlimited) {
		t.Errorf("Remaining of Unlimited = %d, want Unlimited", got)
	}
}

func TestTheErrorAtTheLimitSaysWhenAndWhatToDo(t *testing.T) {
	now := time.Date(2026, 1, 5, 20, 48, 0, 0, time.UTC)
	err := quota.ExhaustedError(5, now.In(time.FixedZone("", 9*3600)))
	if !errors.Is(err, quota.ErrExhausted) || err.RetryAfter != 3*time.Hour+12*time.Minute {
		t.Errorf("the error is %v with RetryAfter %v, want ErrExhausted with 3h12m", err, err.RetryAfter)
	}
	for _, want := range []string{
		"5/day", "POST /subscribe/pro", "midnight UTC (2026-01-06T00:00:00Z)", "in 3 hours and 12 minutes",
	} {
		if !strings.Contains(err.Message, want) {
			t.Errorf("the message is %q, want %q in it", err.Message, want)
		}
	}
	if quota.ErrExhausted.RetryAfter != 0 {
		t.Errorf("RetryAfter of the sentinel = %v, want 0", quota.ErrExhausted.RetryAfter)
	}
}
