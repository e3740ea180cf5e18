package pretend_test

import (
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

func TestAPageThatIsLetExpire(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	customer := w.customer(t)
	page := w.checkout(t, customer)
	b.open(page)
	b.press("decline")
	w.deliveries()
	b.press("expire")
	b.sees("expired", `href="https://app.example/cancel"`)
	if len(b.buttons()) != 0 {
		t.Errorf("to be pressed on what is over: %q", b.buttons())
	}
	if s := w.fetch(t, customer); s.Status != subscription.IncompleteExpired {
		t.Errorf("what was declined is %+v", s)
	}
	told := w.deliveries()
	if got := types(t, told); !slices.Equal(got, []string{"checkout.session.expired", "customer.subscription.updated"}) {
		t.Errorf("told %q", got)
	}
	if payload := string(told[0].Payload); !strings.Contains(payload, `"status":"expired"`) || !strings.Contains(payload, `"subscription":null`) {
		t.Errorf("told %s", payload)
	}
	for _, session := range []string{path.Base(page), path.Base(page) + "0"} {
		if err := w.Expire(session); !errors.Is(err, pretend.ErrOver) && !errors.Is(err, pretend.ErrNoPage) {
			t.Errorf("expired again: %v", err)
		}
	}
}

// Who ends the subscription, or has none, and is to be sold nothing more, has no page left to pay at.
func TestCancellingClosesThePages(t *testing.T) {
	w := newWorld(t)
	other := w.checkout(t, w.customer(t))
	for name, customer := range map[string]string{"a subscriber": w.subscriber(t), "a stranger": w.customer(t)} {
		pages := []string{path.Base(w.checkout(t, customer)), path.Base(w.checkout(t, customer))}
		if err := w.CancelAtPeriodEnd(t.Context(), customer, true); err != nil && !errors.Is(err, subscription.ErrNotSubscribed) {
			t.Fatal(err)
		}
		w.EndPeriod(customer)
		for _, page := range pages {
			if _, err := w.Pay(page); !errors.Is(err, pretend.ErrOver) {
				t.Errorf("%s can pay: %v", name, err)
			}
		}
	}
	if err := payAt(w.Company, other); err != nil {
		t.Errorf("another's page: %v", err)
	}
}

func TestResumingLeavesThePages(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	page := w.checkout(t, customer)
	if err := w.CancelAtPeriodEnd(t.Context(), customer, false); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Fatal(err)
	}
	if err := payAt(w.Company, page); err != nil {
		t.Error(err)
	}
}

// An app's deep links are followed and shown.
func TestDeepLinks(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	customer := w.customer(t)
	page, err := w.Checkout(t.Context(), ports.Order{Customer: customer, Plan: pro, SuccessURL: "myapp://subscribed?a=b", CancelURL: "myapp://cancel"})
	if err != nil {
		t.Fatal(err)
	}
	b.open(page)
	if b.press("abandon"); b.status != http.StatusSeeOther || b.left != "myapp://cancel" {
		t.Errorf("left: %d to %q", b.status, b.left)
	}
	b.open(page)
	if b.press("pay"); b.status != http.StatusSeeOther || b.left != "myapp://subscribed?a=b" {
		t.Errorf("paid: %d to %q", b.status, b.left)
	}
	b.open(page)
	b.sees(`href="myapp://subscribed?a=b"`)
}
