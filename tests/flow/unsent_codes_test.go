package flow

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// flakyCodes is a ports.Codes that cannot store challenges while it is down.
type flakyCodes struct {
	ports.Codes
	down *atomic.Bool
}

// Issue implements ports.Codes.
func (c flakyCodes) Issue(ctx context.Context, fresh otp.Challenge, now time.Time) (otp.Challenge, error) {
	if c.down.Load() {
		return otp.Challenge{}, fault.New(fault.Unavailable, "unavailable", "The store is down.")
	}
	return c.Codes.Issue(ctx, fresh, now)
}

// flakyStore returns an option for a program whose store cannot store codes while down is true.
func flakyStore(down *atomic.Bool) boot.Option {
	return boot.Wrap(func(c ports.Codes) ports.Codes { return flakyCodes{c, down} })
}

// A request fails more often than each budget allows requests. The next one gets a code at once.
func TestACodeThatWasNotStoredUsesUpNoBudget(t *testing.T) {
	for _, route := range []string{"send-otp", "forgot-password"} {
		t.Run(route, func(t *testing.T) {
			down := &atomic.Bool{}
			p, n := start(t, config(t, "RATE_LIMITS", "production"), flakyStore(down)), client.Number()
			down.Store(true)
			for range 25 {
				p.newDevice().wantError(http.StatusServiceUnavailable, "unavailable",
					"POST", "/auth/"+route, object{"mobile_number": n})
			}
			down.Store(false)
			p.newDevice().requestCode(route, n)
			p.newDevice().wantError(http.StatusTooManyRequests, "rate_limited",
				"POST", "/auth/"+route, object{"mobile_number": n})
		})
	}
}

func TestACodeThatWasNotSentUsesUpNoBudget(t *testing.T) {
	p, n := start(t, config(t, "RATE_LIMITS", "production")), client.Number()
	p.outbox.SetError(errors.New("the queue is full"))
	for range 25 {
		r := p.newDevice().Want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		checkFields(p.t, r, map[string]string{"resend_in": "0"})
	}
	p.outbox.SetError(nil)
	r := p.newDevice().Want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
	checkFields(p.t, r, map[string]string{"resend_in": "60"})
	p.newDevice().wantError(http.StatusTooManyRequests, "rate_limited",
		"POST", "/auth/send-otp", object{"mobile_number": n})
}

// Concurrent requests, many of which fail, send no more codes than the budgets allow.
func TestFailedCodesDoNotExceedTheBudgets(t *testing.T) {
	down := &atomic.Bool{}
	p := start(t, config(t, "RATE_LIMITS", "production"), flakyStore(down))
	n := client.Number()
	sent := 0
	for _, r := range concurrently(t, 50, func(i int) (client.Response, error) {
		down.Store(i%2 == 0)
		return p.newDevice().Call("POST", "/auth/send-otp", object{"mobile_number": n})
	}) {
		if r.Status == http.StatusOK {
			sent++
		}
	}
	if sent > 1 || p.outbox.Count() != sent {
		t.Errorf("%d of 50 concurrent requests succeeded and %d texts were sent, want at most one",
			sent, p.outbox.Count())
	}
}
