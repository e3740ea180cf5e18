package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

// Subscriptions is the contract of a ports.Subscriptions.
func Subscriptions(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"one who never subscribed has an empty record", (*world).recordEmpty},
		{"a record comes back as it was saved, with its entitlement", (*world).recordSaved},
		{"a save of another version is stale and keeps nothing", (*world).recordStale},
		{"one of many who save a version at once wins", (*world).recordRace},
		{"unknown customers and users are refused", (*world).recordUnknown},
		{"records are due one by one, the longest due first, until they are put off", (*world).dueInOrder},
		{"a record that is put off is as it was, and a save wins over it", (*world).dueKeepsAll},
		{"of many who ask at once each record that is due goes to one", (*world).dueRace},
		{"a context that is over stops every method", (*world).recordOver},
	})
}

// entitle saves that the user is Pro until then.
func (w *world) entitle(u id.ID, until time.Time) {
	w.Helper()
	r, err := w.Subscriptions.Get(w.ctx, u)
	w.ok(err)
	r.User, r.Customer = u, "cus_"+string(u)
	w.ok(w.Subscriptions.Save(w.ctx, r, until))
}

// record is what a store might have heard of the user's subscription, every field filled.
func record(u id.ID) subscription.Record {
	return subscription.Record{User: u, Customer: "cus_" + string(u), Snapshot: subscription.Snapshot{
		ID: "sub_" + string(u), Status: subscription.Canceled, PeriodStart: midday, PeriodEnd: midday.Add(720 * time.Hour),
		CancelAtPeriodEnd: true, Ended: midday.Add(time.Hour), At: midday.Add(2 * time.Hour)},
		Changed: midday.Add(time.Minute), Due: midday.Add(3 * time.Hour)}
}

// records asserts what is kept of the user.
func (w *world) records(want subscription.Record, proUntil time.Time) {
	w.Helper()
	got, err := w.Subscriptions.Get(w.ctx, want.User)
	w.ok(err)
	w.same("the record", got, want)
	u, err := w.Users.Get(w.ctx, want.User)
	w.ok(err)
	w.same("the entitlement", u.ProUntil, proUntil)
	if want.Version == 0 {
		return
	}
	got, err = w.Subscriptions.Find(w.ctx, want.Customer)
	w.ok(err)
	w.same("the record by customer", got, want)
}

func (w *world) recordEmpty() {
	other := w.user()
	w.entitle(other.ID, midday)
	w.records(subscription.Record{User: w.user().ID}, time.Time{})
}

func (w *world) recordSaved() {
	u, other := w.user(), w.user()
	r := record(u.ID)
	for version := range int64(3) {
		r.Version = version
		until := midday.Add(time.Duration(version) * time.Hour)
		w.ok(w.Subscriptions.Save(w.ctx, r, until))
		r.Version++
		w.records(r, until)
		r.Snapshot.At = r.Snapshot.At.Add(time.Microsecond)
	}
	r.Snapshot, r.Changed, r.Due = subscription.Snapshot{Status: subscription.None}, time.Time{}, time.Time{}
	w.ok(w.Subscriptions.Save(w.ctx, r, time.Time{}))
	r.Version++
	w.records(r, time.Time{})
	w.records(subscription.Record{User: other.ID}, time.Time{})
	w.holds(u)
}

func (w *world) recordStale() {
	r := record(w.user().ID)
	unsaved := r
	unsaved.Version = 1
	w.fails(w.Subscriptions.Save(w.ctx, unsaved, midday), subscription.ErrStale)
	w.records(subscription.Record{User: r.User}, time.Time{})
	w.ok(w.Subscriptions.Save(w.ctx, r, midday))
	r.Version++
	for _, version := range []int64{0, 2} {
		other := r
		other.Version, other.Snapshot.Status = version, subscription.Active
		w.fails(w.Subscriptions.Save(w.ctx, other, midday.Add(time.Hour)), subscription.ErrStale)
		w.records(r, midday)
	}
}

func (w *world) recordRace() {
	r := record(w.user().ID)
	at := func(i int) time.Time { return midday.Add(time.Duration(i) * time.Second) }
	for version := range int64(3) {
		r.Version = version
		errs := together(20, func(i int) error {
			mine := r
			mine.Snapshot.At = at(i)
			return w.Subscriptions.Save(w.ctx, mine, at(i))
		})
		w.split(errs, map[error]int{nil: 1, subscription.ErrStale: 19})
		r.Version++
		for i, err := range errs {
			if err == nil {
				r.Snapshot.At = at(i)
				w.records(r, at(i))
			}
		}
	}
}

func (w *world) recordUnknown() {
	w.entitle(w.user().ID, midday)
	_, err := w.Subscriptions.Find(w.ctx, "cus_"+string(w.id()))
	w.fails(err, subscription.ErrUnknown)
	nobody := record(w.id())
	w.fails(w.Subscriptions.Save(w.ctx, nobody, midday), user.ErrNotFound)
	_, err = w.Subscriptions.Find(w.ctx, nobody.Customer)
	w.fails(err, subscription.ErrUnknown)
}

func (w *world) recordOver() {
	r, unsaved := record(w.user().ID), record(w.user().ID)
	w.ok(w.Subscriptions.Save(w.ctx, r, midday))
	r.Version++
	w.over(map[string]func(context.Context) error{
		"Get":        func(ctx context.Context) error { _, err := w.Subscriptions.Get(ctx, r.User); return err },
		"Find":       func(ctx context.Context) error { _, err := w.Subscriptions.Find(ctx, r.Customer); return err },
		"Save":       func(ctx context.Context) error { return w.Subscriptions.Save(ctx, r, midday.Add(time.Hour)) },
		"Due":        func(ctx context.Context) error { _, err := w.Subscriptions.Due(ctx, r.Due, r.Due, 1); return err },
		"Save first": func(ctx context.Context) error { return w.Subscriptions.Save(ctx, unsaved, midday) },
	})
	w.records(r, midday)
	w.records(subscription.Record{User: unsaved.User}, time.Time{})
}
