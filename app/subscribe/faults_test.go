package subscribe_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

var errAway = errors.New("away")

// faults decides how the ports go wrong.
type faults struct {
	mu        sync.Mutex // guards in, stale and fetched
	in        int        // the call, counted from now, that fails; 0 for none
	stale     int        // how many saves come too late
	gone      bool       // the company knows no customer when it is asked for a subscription
	forgot    bool       // nor when one is to be changed
	meanwhile func()     // happens before the next save
	paged     func()     // happens once the next page to pay at is made
	page      string     // the last one
	broken    string     // the customer about whom the company says nothing
	fetched   int
	portal    string // where the last one leads back to
}

func (f *faults) hit() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.in--; f.in == 0 {
		return errAway
	}
	return nil
}

func (f *faults) fetch() { f.mu.Lock(); defer f.mu.Unlock(); f.fetched++ }

func (f *faults) late() bool { f.mu.Lock(); defer f.mu.Unlock(); f.stale--; return f.stale >= 0 }

type payments struct {
	ports.Payments
	*faults
}

func (p payments) Customer(ctx context.Context, user id.ID) (string, error) {
	if err := p.hit(); err != nil {
		return "", err
	}
	return p.Payments.Customer(ctx, user)
}

func (p payments) Checkout(ctx context.Context, o ports.Order) (string, error) {
	if err := p.hit(); err != nil {
		return "", err
	}
	page, err := p.Payments.Checkout(ctx, o)
	if p.page = page; p.paged != nil {
		p.paged()
	}
	return page, err
}

func (p payments) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	if p.fetch(); p.gone {
		return subscription.Snapshot{}, subscription.ErrUnknown
	}
	if err := p.hit(); err != nil || customer == p.broken {
		return subscription.Snapshot{}, errAway
	}
	return p.Payments.Fetch(ctx, customer)
}

func (p payments) CancelAtPeriodEnd(ctx context.Context, customer string, cancel bool) error {
	if p.forgot {
		return subscription.ErrUnknown
	}
	if err := p.hit(); err != nil {
		return err
	}
	return p.Payments.CancelAtPeriodEnd(ctx, customer, cancel)
}

func (p payments) Portal(ctx context.Context, customer, returnURL string) (string, error) {
	if p.forgot {
		return "", subscription.ErrUnknown
	}
	if err := p.hit(); err != nil {
		return "", err
	}
	p.portal = returnURL
	return p.Payments.Portal(ctx, customer, returnURL)
}

type records struct {
	ports.Subscriptions
	*faults
}

func (r records) Get(ctx context.Context, user id.ID) (subscription.Record, error) {
	if err := r.hit(); err != nil {
		return subscription.Record{}, err
	}
	return r.Subscriptions.Get(ctx, user)
}

func (r records) Find(ctx context.Context, customer string) (subscription.Record, error) {
	if err := r.hit(); err != nil {
		return subscription.Record{}, err
	}
	return r.Subscriptions.Find(ctx, customer)
}

func (r records) Save(ctx context.Context, record subscription.Record, proUntil time.Time) error {
	if r.meanwhile != nil {
		r.meanwhile()
	}
	if r.late() {
		return subscription.ErrStale
	}
	if err := r.hit(); err != nil {
		return err
	}
	return r.Subscriptions.Save(ctx, record, proUntil)
}

func (r records) Due(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error) {
	if err := r.hit(); err != nil {
		return nil, err
	}
	return r.Subscriptions.Due(ctx, now, later, n)
}

type ledger struct {
	ports.Ledger
	*faults
}

func (l ledger) Receive(ctx context.Context, event string, now time.Time) (bool, error) {
	if err := l.hit(); err != nil {
		return false, err
	}
	return l.Ledger.Receive(ctx, event, now)
}

func (l ledger) Applied(ctx context.Context, event string, now time.Time) error {
	if err := l.hit(); err != nil {
		return err
	}
	return l.Ledger.Applied(ctx, event, now)
}

type usage struct {
	ports.Usage
	*faults
}

func (u usage) Used(ctx context.Context, user id.ID, day quota.Day) (int, error) {
	if err := u.hit(); err != nil {
		return 0, err
	}
	return u.Usage.Used(ctx, user, day)
}

type limiter struct {
	ports.Limiter
	*faults
}

func (l limiter) Take(ctx context.Context, now time.Time, budgets ...ports.Budget) error {
	if err := l.hit(); err != nil {
		return err
	}
	return l.Limiter.Take(ctx, now, budgets...)
}
