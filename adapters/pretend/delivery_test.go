package pretend_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestDeliveryFaults(t *testing.T) {
	inOrder := []string{sessionCompleted, subCreated, invoicePaid}
	reversed := []string{invoicePaid, subCreated, sessionCompleted}
	for name, test := range map[string]struct {
		faults pretend.DeliveryFaults
		want   []string
	}{
		"no faults":          {pretend.DeliveryFaults{}, inOrder},
		"twice":              {pretend.DeliveryFaults{Twice: true}, slices.Concat(inOrder, inOrder)},
		"reversed":           {pretend.DeliveryFaults{Reversed: true}, reversed},
		"twice and reversed": {pretend.DeliveryFaults{Twice: true, Reversed: true}, slices.Concat(reversed, reversed)},
		"all dropped":        {pretend.DeliveryFaults{Twice: true, DropAll: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.SetDeliveryFaults(test.faults)
			f.newSubscriber(t)
			deliveries := f.takeDeliveries()
			if diff := cmp.Diff(test.want, eventTypes(t, deliveries)); diff != "" {
				t.Errorf("event types (-want +got):\n%s", diff)
			}
			if n := countEvents(t, deliveries); len(test.want) > 0 && n != 3 {
				t.Errorf("%d different events, want 3", n)
			}
			f.SetDeliveryFaults(pretend.DeliveryFaults{})
			if late := f.takeDeliveries(); len(late) != 0 {
				t.Errorf("%d webhooks were sent later, want none", len(late))
			}
		})
	}
}

// countEvents returns the number of different events.
func countEvents(t *testing.T, deliveries []portstest.Delivery) int {
	t.Helper()
	eventIDs := map[string]bool{}
	for _, d := range deliveries {
		eventIDs[parseEvent(t, d).ID] = true
	}
	return len(eventIDs)
}

// attempt is an attempt to deliver a webhook.
type attempt struct {
	eventID string
	after   time.Duration // since the start of the test
}

// startedFixture returns a fixture whose webhooks are delivered in the background. Call it in a synctest bubble.
func startedFixture(t *testing.T, config pretend.Config) *fixture {
	t.Helper()
	f := &fixture{ManualClock: portstest.NewManualClock(start)}
	config.Clock, config.Random = f, rand.Reader
	config.BaseURL = func() string { return "http://127.0.0.1" }
	f.Payments = newPayments(t, config)
	must(t, errors.Join(f.Stop(t.Context()), f.Start(t.Context())))
	return f
}

// recordAttempts makes a customer subscribe, which emits three webhooks. It returns
// all attempts to deliver them within an hour. The first attempts fail, until the
// number of failures is reached.
func recordAttempts(t *testing.T, failures int, log *slog.Logger) (attempts []attempt) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		deliver := func(_ context.Context, payload []byte, _ string) error {
			e := parseEvent(t, portstest.Delivery{Payload: payload})
			attempts = append(attempts, attempt{e.ID, time.Since(began)})
			if len(attempts) <= failures {
				return errors.New("the app is down")
			}
			return nil
		}
		f := startedFixture(t, pretend.Config{Deliver: deliver, Log: log})
		f.newSubscriber(t)
		time.Sleep(time.Hour)
		must(t, f.Stop(t.Context()))
	})
	return attempts
}

func TestRetries(t *testing.T) {
	attempts := recordAttempts(t, 2, nil) // the first two of three webhooks fail once
	if len(attempts) != 5 {
		t.Fatalf("attempts = %v, want 5", attempts)
	}
	if attempts[2].after != 0 || attempts[3].after != time.Second || attempts[4].after != time.Second {
		t.Fatalf("attempts = %v, want the last two after one second", attempts)
	}
	retried := []string{attempts[3].eventID, attempts[4].eventID}
	if !slices.Contains(retried, attempts[0].eventID) || !slices.Contains(retried, attempts[1].eventID) {
		t.Errorf("attempts = %v, want a retry of the two that failed", attempts)
	}
}

func TestWebhooksAreDroppedAfterTheLastRetry(t *testing.T) {
	var log bytes.Buffer
	attempts := recordAttempts(t, 1<<30, slog.New(slog.NewTextHandler(&log, nil)))
	var first []time.Duration
	for _, a := range attempts {
		if a.eventID == attempts[0].eventID {
			first = append(first, a.after)
		}
	}
	if diff := cmp.Diff([]time.Duration{0, 1e9, 3e9, 7e9, 15e9, 31e9}, first); diff != "" {
		t.Errorf("times of the attempts for the first webhook (-want +got):\n%s", diff)
	}
	if len(attempts) != 18 {
		t.Errorf("%d attempts for 3 webhooks, want 18", len(attempts))
	}
	if n := strings.Count(log.String(), "webhook dropped"); n != 3 || strings.Contains(log.String(), "cus_") {
		t.Errorf("%d webhooks were logged as dropped, want 3 and no customer:\n%s", n, log.String())
	}
}

// A delivery without a response ends after 10 seconds, and Stop does not wait for it.
func TestAppDoesNotRespond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		f := startedFixture(t, pretend.Config{Deliver: func(ctx context.Context, _ []byte, _ string) error {
			calls++
			<-ctx.Done()
			return ctx.Err()
		}})
		f.newSubscriber(t)
		time.Sleep(25 * time.Second)
		began := time.Now()
		if err := f.Stop(t.Context()); err != nil || time.Since(began) != 0 {
			t.Errorf("Stop took %s: %v, want it to return immediately", time.Since(began), err)
		}
		if calls != 3 {
			t.Errorf("%d deliveries in 25 seconds, want 3", calls)
		}
	})
}

// A retry gets a new signature, because the app would reject an old one.
func TestRetriesAreSignedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.deliveryErr = errors.New("the app is down")
		f.newSubscriber(t)
		f.Flush(t.Context())
		f.Advance(time.Hour)
		f.deliveryErr = nil
		time.Sleep(time.Minute)
		deliveries := f.takeDeliveries()
		if len(deliveries) != 6 {
			t.Fatalf("%d attempts for 3 webhooks, want 6", len(deliveries))
		}
		for _, d := range deliveries {
			if _, err := f.Event(d.Payload, d.Signature, d.At); err != nil {
				t.Errorf("the signature of an attempt is invalid: %v", err)
			}
		}
	})
}
