package subscribe_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// errInjected is the error of calls that a test makes fail.
var errInjected = errors.New("injected")

// faults controls how the ports of a harness fail, and records calls of the payments provider.
type faults struct {
	deletions int        // calls of DeleteCustomer
	mu        sync.Mutex // guards failAt, staleSaves and fetches

	failAt          int    // which call of any port fails, counted from now: 1 is the next one, 0 is none
	staleSaves      int    // how many of the next calls of Save fail with ErrStale
	fetchUnknown    bool   // Fetch fails with ErrUnknownCustomer
	changeUnknown   bool   // CancelAtPeriodEnd and Portal fail with ErrUnknownCustomer
	failingCustomer string // Fetch of this customer fails

	beforeSave    func() // runs before each call of Save
	afterCheckout func() // runs after each call of Checkout

	fetches         int    // calls of Fetch
	checkoutPage    string // the last checkout page
	portalReturnURL string // the return URL of the last portal page
}

// countCall returns errInjected when this is the call that must fail.
func (f *faults) countCall() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failAt--
	if f.failAt == 0 {
		return errInjected
	}
	return nil
}

func (f *faults) countFetch() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fetches++
}

// takeStaleSave reports whether this call of Save must fail with ErrStale.
func (f *faults) takeStaleSave() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.staleSaves == 0 {
		return false
	}
	f.staleSaves--
	return true
}

// errorRun is a scenario for failEachCall.
type errorRun struct {
	minCalls int // use makes at least as many calls of ports
	setup    func(h *harness) (customer string)
	use      func(h *harness, customer string) error
	after    func(h *harness, customer string) // checks that the error has no lasting effect
}

// failEachCall runs a scenario several times, each time with a new harness. In the
// nth run, the nth call of a port in use fails, and use must return that error. The
// last run is the one in which use makes fewer than n calls and succeeds.
func failEachCall(t *testing.T, r errorRun) {
	t.Helper()
	for n := 1; ; n++ {
		h := newHarness(t)
		customer := r.setup(h)
		h.failAt = n
		err := r.use(h, customer)
		if h.failAt > 0 {
			if err != nil || n <= r.minCalls {
				t.Errorf("after %d calls: %v, want success after at least %d calls", n-1, err, r.minCalls)
			}
			return
		}
		if !errors.Is(err, errInjected) {
			t.Errorf("call %d failed, but %v was returned, want the error of the call", n, err)
		}
		r.after(h, customer)
	}
}

// failingPayments is a ports.Payments with the errors of faults. The types below
// do the same for other ports.
type failingPayments struct {
	ports.Payments
	*faults
}

func (p failingPayments) Customer(ctx context.Context, userID id.ID) (string, error) {
	if err := p.countCall(); err != nil {
		return "", err
	}
	return p.Payments.Customer(ctx, userID)
}

func (p failingPayments) Checkout(ctx context.Context, o ports.Order) (string, error) {
	if err := p.countCall(); err != nil {
		return "", err
	}
	page, err := p.Payments.Checkout(ctx, o)
	p.checkoutPage = page
	if p.afterCheckout != nil {
		p.afterCheckout()
	}
	return page, err
}

func (p failingPayments) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	p.countFetch()
	if p.fetchUnknown {
		return subscription.Snapshot{}, subscription.ErrUnknownCustomer
	}
	if err := p.countCall(); err != nil || customer == p.failingCustomer {
		return subscription.Snapshot{}, errInjected
	}
	return p.Payments.Fetch(ctx, customer)
}

func (p failingPayments) CancelAtPeriodEnd(ctx context.Context, customer string, cancel bool) error {
	if p.changeUnknown {
		return subscription.ErrUnknownCustomer
	}
	if err := p.countCall(); err != nil {
		return err
	}
	return p.Payments.CancelAtPeriodEnd(ctx, customer, cancel)
}

func (p failingPayments) DeleteCustomer(ctx context.Context, customer string) error {
	p.deletions++
	if err := p.countCall(); err != nil || customer == p.failingCustomer {
		return errInjected
	}
	return p.Payments.DeleteCustomer(ctx, customer)
}

func (p failingPayments) Portal(ctx context.Context, customer, returnURL string) (string, error) {
	if p.changeUnknown {
		return "", subscription.ErrUnknownCustomer
	}
	if err := p.countCall(); err != nil {
		return "", err
	}
	p.portalReturnURL = returnURL
	return p.Payments.Portal(ctx, customer, returnURL)
}

type failingDeletions struct {
	ports.CustomerDeletions
	*faults
}

func (d failingDeletions) Add(ctx context.Context, customer string) error {
	if err := d.countCall(); err != nil {
		return err
	}
	return d.CustomerDeletions.Add(ctx, customer)
}

type failingSubscriptions struct {
	ports.Subscriptions
	*faults
}

func (s failingSubscriptions) Get(ctx context.Context, userID id.ID) (subscription.Record, error) {
	if err := s.countCall(); err != nil {
		return subscription.Record{}, err
	}
	return s.Subscriptions.Get(ctx, userID)
}

func (s failingSubscriptions) Find(ctx context.Context, customer string) (subscription.Record, error) {
	if err := s.countCall(); err != nil {
		return subscription.Record{}, err
	}
	return s.Subscriptions.Find(ctx, customer)
}

func (s failingSubscriptions) Save(ctx context.Context, r subscription.Record, proUntil time.Time) error {
	if s.beforeSave != nil {
		s.beforeSave()
	}
	if s.takeStaleSave() {
		return subscription.ErrStale
	}
	if err := s.countCall(); err != nil {
		return err
	}
	return s.Subscriptions.Save(ctx, r, proUntil)
}

func (s failingSubscriptions) TakeDue(
	ctx context.Context, now, later time.Time, n int,
) ([]subscription.Record, error) {
	if err := s.countCall(); err != nil {
		return nil, err
	}
	return s.Subscriptions.TakeDue(ctx, now, later, n)
}

type failingLedger struct {
	ports.WebhookLedger
	*faults
}

func (l failingLedger) Receive(ctx context.Context, event string, now time.Time) (bool, error) {
	if err := l.countCall(); err != nil {
		return false, err
	}
	return l.WebhookLedger.Receive(ctx, event, now)
}

func (l failingLedger) MarkApplied(ctx context.Context, event string, now time.Time) error {
	if err := l.countCall(); err != nil {
		return err
	}
	return l.WebhookLedger.MarkApplied(ctx, event, now)
}

type failingMessageCounts struct {
	ports.MessageCounts
	*faults
}

func (c failingMessageCounts) Count(ctx context.Context, userID id.ID, day quota.Day) (int, error) {
	if err := c.countCall(); err != nil {
		return 0, err
	}
	return c.MessageCounts.Count(ctx, userID, day)
}

type failingLimiter struct {
	ports.Limiter
	*faults
}

func (l failingLimiter) Take(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	if err := l.countCall(); err != nil {
		return err
	}
	return l.Limiter.Take(ctx, now, limits...)
}
