package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// CustomerDeletions is the contract of ports.CustomerDeletions.
func CustomerDeletions(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Erase adds the customer of the account, if it has one", (*storeTest).deletionsOfErased},
		{"a customer that was taken is due again later", (*storeTest).deletionsTaken},
		{"TakeDue returns those that were due first", (*storeTest).deletionsInOrder},
		{"Postpone stores the attempts and the time of the next one", (*storeTest).deletionsPostponed},
		{"a customer that was added again is due, whatever its earlier deletion does", (*storeTest).deletionsAgain},
		{"of concurrent callers of TakeDue only one gets a customer", (*storeTest).deletionsRace},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).deletionsCancelled},
	})
}

// takeDeletions takes at most n due customers and checks which they are, in any order.
func (t *storeTest) takeDeletions(now, later time.Time, n int, want ...subscription.CustomerDeletion) {
	t.Helper()
	got, err := t.CustomerDeletions.TakeDue(t.ctx, now, later, n)
	must(t, err)
	byCustomer := func(all []subscription.CustomerDeletion) map[string]subscription.CustomerDeletion {
		m := map[string]subscription.CustomerDeletion{}
		for _, d := range all {
			m[d.Customer] = d
		}
		return m
	}
	wantEqual(t, "the customers that are due", byCustomer(got), byCustomer(want))
	wantEqual(t, "the number of customers", len(got), len(want))
}

// wantDeletions checks the number of customers in the outbox.
func (t *storeTest) wantDeletions(want int) {
	t.Helper()
	n, err := t.CustomerDeletions.Count(t.ctx)
	must(t, err)
	wantEqual(t, "the number of customers in the outbox", n, want)
}

// addDeletion adds a customer and returns its task.
func (t *storeTest) addDeletion(customer string) subscription.CustomerDeletion {
	t.Helper()
	must(t, t.CustomerDeletions.Add(t.ctx, customer))
	return subscription.CustomerDeletion{Customer: customer, Version: 1}
}

func (t *storeTest) deletionsOfErased() {
	t.erase(t.addUser().ID)
	t.takeDeletions(midday, midday, 10)
	u := t.addFullUser()
	t.addFullUser()
	t.erase(u.User.ID)
	t.takeDeletions(midday, midday, 10, subscription.CustomerDeletion{Customer: u.Record.Customer, Version: 1})
}

func (t *storeTest) deletionsTaken() {
	d, later := t.addDeletion("cus_1"), midday.Add(time.Minute)
	t.takeDeletions(midday, later, 10, d)
	t.takeDeletions(later.Add(-time.Microsecond), later, 10)
	t.takeDeletions(later, later.Add(time.Minute), 10, d)
	t.wantDeletions(1)
	must(t, t.CustomerDeletions.Remove(t.ctx, d))
	t.wantDeletions(0)
	t.takeDeletions(midday.Add(time.Hour), later, 10)
	must(t, t.CustomerDeletions.Remove(t.ctx, d))
}

func (t *storeTest) deletionsInOrder() {
	late, early := t.addDeletion("cus_late"), t.addDeletion("cus_early")
	must(t, t.CustomerDeletions.Postpone(t.ctx, late, midday))
	must(t, t.CustomerDeletions.Postpone(t.ctx, early, midday.Add(-time.Second)))
	t.takeDeletions(midday, midday.Add(time.Hour), 0)
	t.takeDeletions(midday, midday.Add(time.Hour), 1, early)
	t.takeDeletions(midday, midday.Add(time.Hour), 1, late)
}

func (t *storeTest) deletionsPostponed() {
	failed, due := t.addDeletion("cus_1").Failed(midday)
	must(t, t.CustomerDeletions.Postpone(t.ctx, failed, due))
	t.takeDeletions(due.Add(-time.Microsecond), due, 10)
	t.takeDeletions(due, due.Add(time.Hour), 10, failed)
	must(t, t.CustomerDeletions.Remove(t.ctx, failed))
	must(t, t.CustomerDeletions.Postpone(t.ctx, failed, midday))
	t.takeDeletions(due.Add(2*time.Hour), due, 10)
}

func (t *storeTest) deletionsAgain() {
	first := t.addDeletion("cus_1")
	t.takeDeletions(midday, midday.Add(time.Hour), 10, first)
	must(t, t.CustomerDeletions.Add(t.ctx, "cus_1"))
	must(t, t.CustomerDeletions.Remove(t.ctx, first))
	failed, due := first.Failed(midday)
	must(t, t.CustomerDeletions.Postpone(t.ctx, failed, due))
	again := subscription.CustomerDeletion{Customer: "cus_1", Version: 2}
	t.takeDeletions(midday, midday.Add(time.Hour), 10, again)
	must(t, t.CustomerDeletions.Remove(t.ctx, again))
	t.takeDeletions(midday.Add(2*time.Hour), midday, 10)
}

func (t *storeTest) deletionsRace() {
	for _, customer := range []string{"cus_1", "cus_2", "cus_3"} {
		t.addDeletion(customer)
	}
	taken := make([]int, 8)
	errs := concurrently(len(taken), func(i int) error {
		due, err := t.CustomerDeletions.TakeDue(t.ctx, midday, midday.Add(time.Hour), 2)
		taken[i] = len(due)
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: len(taken)})
	rest, err := t.CustomerDeletions.TakeDue(t.ctx, midday, midday.Add(time.Hour), 10)
	must(t, err)
	total := len(rest)
	for _, n := range taken {
		total += n
	}
	wantEqual(t, "the number of customers that were taken", total, 3)
}

func (t *storeTest) deletionsCancelled() {
	d := t.addDeletion("cus_1")
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Add": func(ctx context.Context) error { return t.CustomerDeletions.Add(ctx, "cus_2") },
		"TakeDue": func(ctx context.Context) error {
			return errorOf(t.CustomerDeletions.TakeDue(ctx, midday, midday.Add(time.Hour), 1))
		},
		"Postpone": func(ctx context.Context) error {
			return t.CustomerDeletions.Postpone(ctx, d, midday.Add(time.Hour))
		},
		"Remove": func(ctx context.Context) error { return t.CustomerDeletions.Remove(ctx, d) },
		"Count":  func(ctx context.Context) error { return errorOf(t.CustomerDeletions.Count(ctx)) },
	})
	t.takeDeletions(midday, midday, 10, d)
}
