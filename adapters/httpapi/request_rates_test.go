package httpapi

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// countAllowed returns how many of n requests are allowed now.
func countAllowed(t *testing.T, r *requestRates, who string, n int) (allowed int) {
	t.Helper()
	for range n {
		err := r.take(t.Context(), classReads, who)
		switch {
		case err == nil:
			allowed++
		case !errors.Is(err, fault.ErrRateLimited):
			t.Fatalf("take: %v, want ErrRateLimited", err)
		}
	}
	return allowed
}

// Two processes share the limit, except for the free requests of each.
func TestProcessesShareARateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := memory.NewLimiter()
		here, there := newRequestRates(limiter, system.Clock{}), newRequestRates(limiter, system.Clock{})
		for range 3 {
			allowed := countAllowed(t, here, "ada", 40)
			allowed += countAllowed(t, there, "ada", 100)
			allowed += countAllowed(t, here, "ada", 100)
			least, most := classReads.perSecond, classReads.perSecond+2*freeRequests
			if allowed < least || allowed > most {
				t.Errorf("%d requests are allowed in a second, want %d to %d", allowed, least, most)
			}
			if n := countAllowed(t, here, "bob", 10); n != 10 {
				t.Errorf("%d of 10 requests of another user are allowed, want all", n)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestARateIsNeverLowerThanPromised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRequestRates(memory.NewLimiter(), system.Clock{})
		for range 10 * classReads.perSecond {
			if countAllowed(t, r, "ada", 1) != 1 {
				t.Fatalf("a request is refused at a rate of %d a second, want none", classReads.perSecond)
			}
			time.Sleep(time.Second / time.Duration(classReads.perSecond))
		}
	})
}

// noLimiter panics when it is called.
type noLimiter struct{ ports.Limiter }

func TestUsersWithFewRequestsDoNotAskTheLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRequestRates(noLimiter{}, system.Clock{})
		for range 10 {
			if n := countAllowed(t, r, "ada", freeRequests); n != freeRequests {
				t.Errorf("%d requests are allowed, want %d", n, freeRequests)
			}
			time.Sleep(time.Second)
		}
	})
}
