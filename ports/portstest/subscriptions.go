package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

// Subscriptions is the contract of ports.Subscriptions.
func Subscriptions(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Get returns an empty record for a user without one", (*storeTest).recordEmpty},
		{"Save stores all fields of a record, and the user's entitlement", (*storeTest).recordSave},
		{"Save of another version fails with ErrStale and stores nothing", (*storeTest).recordStale},
		{"of 20 concurrent Saves of one version exactly one succeeds", (*storeTest).recordSaveRace},
		{"Find and Save fail for unknown customers and users", (*storeTest).recordUnknown},
		{"TakeDue returns the records that are due, the longest overdue first", (*storeTest).dueInOrder},
		{"TakeDue changes only the due time, and a later Save overwrites it", (*storeTest).dueOnlyPostpones},
		{"each due record goes to only one of several concurrent TakeDues", (*storeTest).dueRace},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).recordCancelled},
	})
}

// setProUntil stores that the user is entitled to Pro until a time.
func (t *storeTest) setProUntil(userID id.ID, until time.Time) {
	t.Helper()
	r, err := t.Subscriptions.Get(t.ctx, userID)
	must(t, err)
	r.User, r.Customer = userID, "cus_"+string(userID)
	must(t, t.Subscriptions.Save(t.ctx, r, until))
}

// newRecord returns a record that is not stored. No field but Version is empty.
func newRecord(userID id.ID) subscription.Record {
	return subscription.Record{
		User:     userID,
		Customer: "cus_" + string(userID),
		Snapshot: subscription.Snapshot{
			ID:                "sub_" + string(userID),
			Status:            subscription.Canceled,
			PeriodStart:       midday,
			PeriodEnd:         midday.Add(720 * time.Hour),
			CancelAtPeriodEnd: true,
			Ended:             midday.Add(time.Hour),
			FetchedAt:         midday.Add(2 * time.Hour),
		},
		Changed: midday.Add(time.Minute),
		Due:     midday.Add(3 * time.Hour),
	}
}

// wantRecord checks the user's record and entitlement. Version 0 means that no record is stored.
func (t *storeTest) wantRecord(want subscription.Record, proUntil time.Time) {
	t.Helper()
	got, err := t.Subscriptions.Get(t.ctx, want.User)
	must(t, err)
	wantEqual(t, "the record", got, want)
	owner, err := t.Users.Get(t.ctx, want.User)
	must(t, err)
	wantEqual(t, "the end of the entitlement", owner.ProUntil, proUntil)
	if want.Version > 0 {
		got, err = t.Subscriptions.Find(t.ctx, want.Customer)
		must(t, err)
		wantEqual(t, "the record by customer", got, want)
	}
}

func (t *storeTest) wantNoRecord(userID id.ID) {
	t.Helper()
	t.wantRecord(subscription.Record{User: userID}, time.Time{})
}

func (t *storeTest) recordEmpty() {
	t.setProUntil(t.addUser().ID, midday)
	t.wantNoRecord(t.addUser().ID)
}

func (t *storeTest) recordSave() {
	u, other := t.addUser(), t.addUser()
	r := newRecord(u.ID)
	for version := range int64(3) {
		r.Version = version
		until := midday.Add(time.Duration(version) * time.Hour)
		must(t, t.Subscriptions.Save(t.ctx, r, until))
		r.Version++
		t.wantRecord(r, until)
		r.Snapshot.FetchedAt = r.Snapshot.FetchedAt.Add(time.Microsecond)
	}
	r.Snapshot = subscription.Snapshot{Status: subscription.None}
	r.Changed, r.Due = time.Time{}, time.Time{}
	must(t, t.Subscriptions.Save(t.ctx, r, time.Time{}))
	r.Version++
	t.wantRecord(r, time.Time{})
	t.wantNoRecord(other.ID)
	t.wantStored(u)
}

func (t *storeTest) recordStale() {
	r := newRecord(t.addUser().ID)
	unsaved := r
	unsaved.Version = 1
	wantError(t, t.Subscriptions.Save(t.ctx, unsaved, midday), subscription.ErrStale)
	t.wantNoRecord(r.User)
	must(t, t.Subscriptions.Save(t.ctx, r, midday))
	r.Version++
	for _, version := range []int64{0, 2} {
		other := r
		other.Version, other.Snapshot.Status = version, subscription.Active
		wantError(t, t.Subscriptions.Save(t.ctx, other, midday.Add(time.Hour)), subscription.ErrStale)
		t.wantRecord(r, midday)
	}
}

func (t *storeTest) recordSaveRace() {
	r := newRecord(t.addUser().ID)
	at := func(i int) time.Time { return midday.Add(time.Duration(i) * time.Second) }
	for version := range int64(3) {
		r.Version = version
		errs := concurrently(20, func(i int) error {
			mine := r
			mine.Snapshot.FetchedAt = at(i)
			return t.Subscriptions.Save(t.ctx, mine, at(i))
		})
		wantErrorCounts(t, errs, map[error]int{nil: 1, subscription.ErrStale: 19})
		r.Version++
		for i, err := range errs {
			if err == nil {
				r.Snapshot.FetchedAt = at(i)
				t.wantRecord(r, at(i))
			}
		}
	}
}

func (t *storeTest) recordUnknown() {
	t.setProUntil(t.addUser().ID, midday)
	unknown := newRecord(newID(t))
	for range 2 {
		wantError(t, errorOf(t.Subscriptions.Find(t.ctx, unknown.Customer)), subscription.ErrUnknownCustomer)
		wantError(t, t.Subscriptions.Save(t.ctx, unknown, midday), user.ErrNotFound)
	}
}

func (t *storeTest) recordCancelled() {
	r, unsaved := newRecord(t.addUser().ID), newRecord(t.addUser().ID)
	must(t, t.Subscriptions.Save(t.ctx, r, midday))
	r.Version++
	later := midday.Add(time.Hour)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Get":        func(ctx context.Context) error { return errorOf(t.Subscriptions.Get(ctx, r.User)) },
		"Find":       func(ctx context.Context) error { return errorOf(t.Subscriptions.Find(ctx, r.Customer)) },
		"Save":       func(ctx context.Context) error { return t.Subscriptions.Save(ctx, r, later) },
		"first Save": func(ctx context.Context) error { return t.Subscriptions.Save(ctx, unsaved, midday) },
		"TakeDue":    func(ctx context.Context) error { return errorOf(t.Subscriptions.TakeDue(ctx, r.Due, r.Due, 1)) },
	})
	t.wantRecord(r, midday)
	t.wantNoRecord(unsaved.User)
}
