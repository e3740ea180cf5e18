package flow

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// hangingPayments is ports.Payments whose Fetch returns only when its context ends.
type hangingPayments struct {
	ports.Payments
	hang    atomic.Bool
	fetches chan struct{} // receives a value at each Fetch that hangs
}

// Fetch implements ports.Payments.
func (p *hangingPayments) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	if !p.hang.Load() {
		return p.Payments.Fetch(ctx, customer)
	}
	p.fetches <- struct{}{}
	<-ctx.Done()
	return subscription.Snapshot{}, fmt.Errorf("fetching: %w", errors.Join(ctx.Err(), subscription.ErrUnavailable))
}

// The reconciler does not delay the shutdown, and logs no failure because of it.
func TestShutdownInterruptsReconciling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := &hangingPayments{fetches: make(chan struct{}, 1)}
		p, d := startLoggedIn(t, config(t, longTokens...), boot.Wrap(func(p ports.Payments) ports.Payments {
			hanging.Payments = p
			return hanging
		}))
		d.checkoutPage()
		hanging.hang.Store(true)
		<-hanging.fetches
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("stop the program: %v", err)
		}
		checkElapsed(t, began, 0, time.Second)
		p.checkLogCount("reconciling subscriptions failed", 0)
	})
}
