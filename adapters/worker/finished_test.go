package worker

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

func TestFinishedRepliesCountForAMinute(t *testing.T) {
	var f finished
	start := time.Date(2026, 3, 1, 12, 0, 0, 500, time.UTC)
	check := func(after time.Duration, want int) {
		t.Helper()
		if got := f.count(start.Add(after)); got != want {
			t.Errorf("%d replies count after %v, want %d", got, after, want)
		}
	}
	check(0, 0)
	f.add(start)
	f.add(start)
	f.add(start.Add(30 * time.Second))
	check(30*time.Second, 3)
	check(reply.CapacityWindow-time.Second, 3)
	check(reply.CapacityWindow, 1)
	f.add(start.Add(reply.CapacityWindow)) // takes the place of the first two
	check(reply.CapacityWindow, 2)
	check(time.Hour, 0)
}
