package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// A program that is told to stop while the company takes its time does so at once.
func TestStoppingWhileReconciling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan struct{}, 1)
		slow := slowly{asked: asked}
		p, d := indoors(t, config(t, long...), boot.Wrap(func(p ports.Payments) ports.Payments { slow.Payments = p; return &slow }))
		d.checkout()
		slow.slow.Store(true)
		<-asked
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Error(err)
		}
		took(t, began, 0, time.Second)
		if log := p.log.String(); strings.Contains(log, "subscriptions not looked at") {
			t.Errorf("logged: %s", log)
		}
	})
}

// slowly is a company that answers only who gives up.
type slowly struct {
	ports.Payments
	slow  atomic.Bool
	asked chan struct{}
}

func (c *slowly) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	if !c.slow.Load() {
		return c.Payments.Fetch(ctx, customer)
	}
	c.asked <- struct{}{}
	<-ctx.Done()
	return subscription.Snapshot{}, fmt.Errorf("asking: %w", errors.Join(ctx.Err(), subscription.ErrUnavailable))
}
