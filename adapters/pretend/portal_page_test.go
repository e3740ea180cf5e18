package pretend_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// newSubscriberPortal returns a fixture, a browser at the portal of a subscriber, and the subscriber.
func newSubscriberPortal(t *testing.T) (f *fixture, b *browser, customer string) {
	t.Helper()
	f, b = newFixtureWithBrowser(t)
	customer = f.newSubscriber(t)
	f.openPortal(b, customer)
	return f, b, customer
}

func TestPortalPage(t *testing.T) {
	f, b, customer := newSubscriberPortal(t)
	b.wantTexts(
		"Parley Pro, $9.99 / month",
		"1 March 2026, 12:00 UTC to 1 April 2026, 12:00 UTC",
		"No money moves",
		`href="`+accountURL+`"`,
	)
	for _, step := range []struct {
		button, text string
		status       subscription.Status
		cancelled    bool
	}{
		{button: "cancel", text: "It ends at the end of the period", status: subscription.Active, cancelled: true},
		{button: "resume", text: "active", status: subscription.Active},
		{button: "end", text: "1 March 2026, 13:00 UTC to 1 April 2026, 13:00 UTC", status: subscription.Active},
		{button: "fail", text: "The next renewal will fail", status: subscription.Active},
		{button: "end", text: "The payment is retried until 15 March 2026, 13:00 UTC", status: subscription.PastDue},
		{button: "recover", text: "active", status: subscription.Active},
		{button: "stop", text: "canceled", status: subscription.Canceled},
	} {
		if step.button == "end" {
			f.Advance(start.Add(time.Hour).Sub(f.Now()))
		}
		b.press(step.button)
		b.wantTexts(step.text)
		if b.status != http.StatusOK {
			t.Fatalf("button %s: status = %d, want 200", step.button, b.status)
		}
		if s := f.fetch(t, customer); s.Status != step.status || s.CancelAtPeriodEnd != step.cancelled {
			t.Fatalf("button %s: %+v, want status %s and cancelled %v", step.button, s, step.status, step.cancelled)
		}
	}
	if got := b.buttons(); !slices.Equal(got, []string{"delivery"}) {
		t.Errorf("buttons %q for a subscription that has ended, want only delivery", got)
	}
}

// A button of a page that was opened before the subscription ended does nothing.
func TestPortalWithoutASubscription(t *testing.T) {
	f, b := newFixtureWithBrowser(t)
	f.openPortal(b, f.newCustomer(t))
	b.wantTexts("You have no subscription yet")
	b.send(b.newRequest(http.MethodPost, b.url, "button=end"))
	b.wantTexts("You have no subscription yet")
}

func TestPortalSetsDeliveryFaults(t *testing.T) {
	f, b, _ := newSubscriberPortal(t)
	f.takeDeliveries()
	for _, faults := range [][]string{{"twice"}, {"twice", "reversed"}, {"none"}, nil} {
		b.press("delivery", faults...)
		if got := b.checked(); !slices.Equal(got, faults) {
			t.Errorf("checked %q after sending %q", got, faults)
		}
	}
	b.press("delivery", "twice")
	b.press("cancel")
	if got := f.takeDeliveries(); len(got) != 2 {
		t.Errorf("%d deliveries of one webhook with the fault twice, want 2", len(got))
	}
}

func TestPortalExpires(t *testing.T) {
	f, b, customer := newSubscriberPortal(t)
	f.Advance(24 * time.Hour)
	b.press("stop")
	if b.status != http.StatusNotFound {
		t.Errorf("status = %d after 24 hours, want 404", b.status)
	}
	if s := f.fetch(t, customer); s.Status != subscription.Active {
		t.Errorf("after the button of an expired page: %+v, want it active", s)
	}
}
