package pretend_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// wire is an event as it is sent.
type wire struct {
	ID         string
	Object     string
	APIVersion string `json:"api_version"`
	Created    int64
	Type       string
	Livemode   bool
	Data       struct{ Object map[string]any }
}

func event(t testing.TB, d portstest.Delivered) wire {
	t.Helper()
	var e wire
	if err := json.Unmarshal(d.Payload, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func types(t testing.TB, all []portstest.Delivered) []string {
	t.Helper()
	var names []string
	for _, d := range all {
		names = append(names, event(t, d).Type)
	}
	return names
}

func TestEventsOfALife(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	session := path.Base(w.checkout(t, customer))
	pay := func() error { _, err := w.Pay(session); return err }
	schedule := func(cancel bool) func() error {
		return func() error { return w.CancelAtPeriodEnd(t.Context(), customer, cancel) }
	}
	for _, c := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"decline", func() error { return w.Decline(session) }, []string{"customer.subscription.created", "invoice.payment_failed"}},
		{"decline again", func() error { return w.Decline(session) }, []string{"invoice.payment_failed"}},
		{"pay", pay, []string{"checkout.session.completed", "customer.subscription.updated", "invoice.paid"}},
		{"cancel", schedule(true), []string{"customer.subscription.updated"}},
		{"cancel again", schedule(true), nil},
		{"resume", schedule(false), []string{"customer.subscription.updated"}},
		{"fail the next", func() error { return w.FailNextRenewal(customer) }, nil},
		{"fail", func() error { return w.EndPeriod(customer) }, []string{"invoice.payment_failed", "customer.subscription.updated"}},
		{"recover", func() error { return w.Recover(customer) }, []string{"invoice.paid", "customer.subscription.updated"}},
		{"renew", func() error { return w.EndPeriod(customer) }, []string{"invoice.paid", "customer.subscription.updated"}},
		{"end", func() error { return w.CancelNow(customer) }, []string{"customer.subscription.deleted"}},
	} {
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := w.deliveries()
		if diff := cmp.Diff(c.want, types(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		for _, d := range got {
			e := event(t, d)
			if e.Object != "event" || e.APIVersion == "" || e.Livemode || e.Created != start.Unix() || e.Data.Object["customer"] != customer || e.Data.Object["object"] == nil {
				t.Errorf("%s: %s", c.name, d.Payload)
			}
			if about := e.Data.Object; about["object"] == "invoice" && (about["status"] == "paid") != (e.Type == "invoice.paid") {
				t.Errorf("%s: %s", c.name, d.Payload)
			}
		}
	}
}

func TestSubscriptionInEvents(t *testing.T) {
	w := newWorld(t)
	customer := w.subscriber(t)
	if err := errors.Join(w.CancelAtPeriodEnd(t.Context(), customer, true), w.CancelNow(customer)); err != nil {
		t.Fatal(err)
	}
	all := w.deliveries()
	created, updated, deleted := event(t, all[1]).Data.Object, event(t, all[3]).Data.Object, event(t, all[4]).Data.Object
	want := map[string]any{
		"id": w.fetch(t, customer).ID, "object": "subscription", "customer": customer, "status": "active", "cancel_at_period_end": false, "ended_at": nil,
		"current_period_start": float64(start.Unix()), "current_period_end": float64(start.AddDate(0, 1, 0).Unix()),
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if updated["cancel_at_period_end"] != true || deleted["status"] != "canceled" || deleted["ended_at"] != float64(start.Unix()) {
		t.Errorf("updated: %v\ndeleted: %v", updated, deleted)
	}
}

func TestDeliveryModes(t *testing.T) {
	const done, created, paid = "checkout.session.completed", "customer.subscription.created", "invoice.paid"
	for name, c := range map[string]struct {
		mode pretend.Delivery
		want []string
	}{
		"as it should be":  {pretend.Delivery{}, []string{done, created, paid}},
		"twice":            {pretend.Delivery{Twice: true}, []string{done, created, paid, done, created, paid}},
		"reversed":         {pretend.Delivery{Reversed: true}, []string{paid, created, done}},
		"twice, backwards": {pretend.Delivery{Twice: true, Reversed: true}, []string{paid, created, done, paid, created, done}},
		"none":             {pretend.Delivery{Twice: true, None: true}, nil},
	} {
		w := newWorld(t)
		w.SetDelivery(c.mode)
		w.subscriber(t)
		got := w.deliveries()
		if diff := cmp.Diff(c.want, types(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var ids []string
		for _, d := range got {
			ids = append(ids, event(t, d).ID)
		}
		slices.Sort(ids)
		if unique := len(slices.Compact(ids)); len(c.want) > 0 && unique != 3 {
			t.Errorf("%s: %d different events", name, unique)
		}
		w.SetDelivery(pretend.Delivery{})
		if late := w.deliveries(); len(late) != 0 {
			t.Errorf("%s: %d come late", name, len(late))
		}
	}
}

// post is one try to deliver.
type post struct {
	id    string
	after time.Duration
}

// tries subscribes somebody in a bubble and returns the tries of an hour, while the app answers n of them with an error.
func tries(t *testing.T, failures int, log *slog.Logger) (got []post) {
	synctest.Test(t, func(t *testing.T) {
		began, w := time.Now(), &world{now: start}
		c, err := pretend.New(pretend.Config{Clock: w, Random: rand.Reader, BaseURL: func() string { return "http://127.0.0.1" }, Log: log,
			Deliver: func(_ context.Context, payload []byte, _ string) error {
				got = append(got, post{event(t, portstest.Delivered{Payload: payload}).ID, time.Since(began)})
				if len(got) <= failures {
					return errors.New("the app is away")
				}
				return nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Company = c
		w.subscriber(t)
		time.Sleep(time.Hour)
		if err := c.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	return got
}

func TestRetries(t *testing.T) {
	got := tries(t, 2, nil) // the first two of three events fail once
	if len(got) != 5 || got[2].after != 0 || got[3].after != time.Second || got[4].after != time.Second {
		t.Fatalf("%v", got)
	}
	if again := []string{got[3].id, got[4].id}; !slices.Contains(again, got[0].id) || !slices.Contains(again, got[1].id) {
		t.Errorf("other events came again: %v", got)
	}
}

func TestRetriesEnd(t *testing.T) {
	var log bytes.Buffer
	got := tries(t, 1<<30, slog.New(slog.NewTextHandler(&log, nil)))
	var first []time.Duration
	for _, p := range got {
		if p.id == got[0].id {
			first = append(first, p.after)
		}
	}
	if diff := cmp.Diff([]time.Duration{0, 1e9, 3e9, 7e9, 15e9, 31e9}, first); diff != "" || len(got) != 18 {
		t.Errorf("%d tries (-want +got):\n%s", len(got), diff)
	}
	if n := strings.Count(log.String(), "given up"); n != 3 || strings.Contains(log.String(), "cus_") {
		t.Errorf("%d were given up:\n%s", n, log.String())
	}
}

// An app that never answers is left after 10 seconds, and Stop does not wait for it.
func TestHangingApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, calls := &world{now: start}, 0
		c, err := pretend.New(pretend.Config{Clock: w, Random: rand.Reader, BaseURL: func() string { return "http://127.0.0.1" },
			Deliver: func(ctx context.Context, _ []byte, _ string) error {
				calls++
				<-ctx.Done()
				return ctx.Err()
			}})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.Stop(t.Context()), c.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
		w.Company = c
		w.subscriber(t)
		time.Sleep(25 * time.Second)
		began := time.Now()
		if err := c.Stop(t.Context()); err != nil || time.Since(began) != 0 {
			t.Errorf("stopped after %s: %v", time.Since(began), err)
		}
		if calls != 3 {
			t.Errorf("%d calls in 25 seconds", calls)
		}
	})
}

// A retry is signed when it is sent, or the app would refuse it as old.
func TestRetriesAreSignedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.broken = errors.New("the app is away")
		w.subscriber(t)
		w.Flush(t.Context())
		w.pass(time.Hour)
		w.broken = nil
		time.Sleep(time.Minute)
		all := w.deliveries()
		if len(all) != 6 {
			t.Fatalf("%d tries", len(all))
		}
		for _, d := range all {
			if _, err := w.Event(d.Payload, d.Signature, d.At); err != nil {
				t.Error(err)
			}
		}
	})
}
