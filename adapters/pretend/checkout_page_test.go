package pretend_test

import (
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/subscription"
)

func TestCheckoutPage(t *testing.T) {
	f, b := newFixtureWithBrowser(t)
	customer := f.newCustomer(t)
	page := f.openCheckout(t, customer)
	b.open(page)
	b.wantTexts("Parley Pro", "$9.99 / month", "No money moves")
	if strings.Contains(b.body, "declined.") {
		t.Error("the page says declined before the first attempt to pay")
	}

	b.press("abandon")
	b.wantRedirect(cancelURL)

	b.open(page)
	b.press("decline")
	b.wantTexts("Your card was declined")
	if s := f.fetch(t, customer); b.url != page || s.Status != subscription.Incomplete {
		t.Errorf("after decline: page %s and %+v, want the same page and an incomplete subscription", b.url, s)
	}

	b.press("pay")
	b.wantRedirect(successURL)
	if s := f.fetch(t, customer); s.Status != subscription.Active {
		t.Errorf("after pay: %+v, want an active subscription", s)
	}

	b.open(page)
	b.wantTexts("complete", `href="`+successURL+`"`)
	b.wantNoButtons()
}

// Concurrent presses of Pay subscribe once.
func TestPayPressedTwice(t *testing.T) {
	f, b := newFixtureWithBrowser(t)
	page := f.openCheckout(t, f.newCustomer(t))
	f.takeDeliveries()
	var presses sync.WaitGroup
	for range 20 {
		presses.Go(func() {
			tab := *b
			tab.send(tab.newRequest(http.MethodPost, page, "button=pay"))
			if tab.status != http.StatusSeeOther && !strings.Contains(tab.body, "complete") {
				t.Errorf("status %d, want a redirect or the completed checkout: %s", tab.status, tab.body)
			}
		})
	}
	presses.Wait()
	if got := f.takeEventTypes(t); len(got) != 3 {
		t.Errorf("events %q, want only the 3 of one payment", got)
	}
}

func TestCheckoutPageExpires(t *testing.T) {
	f, b := newFixtureWithBrowser(t)
	customer := f.newCustomer(t)
	page := f.openCheckout(t, customer)
	f.Advance(24*time.Hour - time.Microsecond)
	b.open(page)
	if !slices.Contains(b.buttons(), "pay") {
		t.Error("no button to pay just before 24 hours have passed")
	}
	f.Advance(time.Microsecond)
	b.press("pay")
	b.wantTexts("expired", `href="`+cancelURL+`"`)
	if s := f.fetch(t, customer); s.Status != subscription.None {
		t.Errorf("after paying too late: %+v, want no subscription", s)
	}
}

// The button Expire also ends the subscription that a declined payment has begun.
func TestExpireButton(t *testing.T) {
	f, b := newFixtureWithBrowser(t)
	customer := f.newCustomer(t)
	page := f.openCheckout(t, customer)
	b.open(page)
	b.press("decline")
	f.takeDeliveries()
	b.press("expire")
	b.wantTexts("expired", `href="`+cancelURL+`"`)
	b.wantNoButtons()
	if s := f.fetch(t, customer); s.Status != subscription.IncompleteExpired {
		t.Errorf("after expire: %+v, want the incomplete subscription to be expired", s)
	}
	deliveries := f.takeDeliveries()
	if got := eventTypes(t, deliveries); !slices.Equal(got, []string{sessionExpired, subUpdated}) {
		t.Errorf("events %q, want the expired session and the updated subscription", got)
	}
	payload := string(deliveries[0].Payload)
	if !strings.Contains(payload, `"status":"expired"`) || !strings.Contains(payload, `"subscription":null`) {
		t.Errorf("event %s, want status expired and no subscription", payload)
	}
	checkoutID := path.Base(page)
	if err := f.Expire(checkoutID); !errors.Is(err, pretend.ErrCheckoutOver) {
		t.Errorf("expiring the checkout again: %v, want ErrCheckoutOver", err)
	}
	if err := f.Expire(checkoutID + "0"); !errors.Is(err, pretend.ErrNoPage) {
		t.Errorf("expiring an unknown checkout: %v, want ErrNoPage", err)
	}
}

// CancelAtPeriodEnd closes all open pages of the customer, also when it returns ErrNotSubscribed.
func TestCancellingClosesPages(t *testing.T) {
	f := newFixture(t)
	otherCustomersPage := f.openCheckout(t, f.newCustomer(t))
	for name, customer := range map[string]string{"subscriber": f.newSubscriber(t), "customer": f.newCustomer(t)} {
		pages := []string{f.openCheckout(t, customer), f.openCheckout(t, customer)}
		err := f.CancelAtPeriodEnd(t.Context(), customer, true)
		if err != nil && !errors.Is(err, subscription.ErrNotSubscribed) {
			t.Fatalf("cancelling as %s: %v", name, err)
		}
		_ = f.EndPeriod(customer) // a customer without a subscription has none to end
		for _, page := range pages {
			if err := f.payAt(page); !errors.Is(err, pretend.ErrCheckoutOver) {
				t.Errorf("paying as %s after cancelling: %v, want ErrCheckoutOver", name, err)
			}
		}
	}
	if err := f.payAt(otherCustomersPage); err != nil {
		t.Errorf("paying another customer's page: %v, want success", err)
	}
}

func TestResumingKeepsPagesOpen(t *testing.T) {
	f := newFixture(t)
	customer := f.newCustomer(t)
	page := f.openCheckout(t, customer)
	if err := f.CancelAtPeriodEnd(t.Context(), customer, false); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Fatalf("resuming without a subscription: %v, want ErrNotSubscribed", err)
	}
	if err := f.payAt(page); err != nil {
		t.Errorf("paying after resuming: %v, want success", err)
	}
}

// The pages link and redirect to an app's deep links.
func TestDeepLinks(t *testing.T) {
	f, b := newFixtureWithBrowser(t)
	o := order(f.newCustomer(t))
	o.SuccessURL, o.CancelURL = "myapp://subscribed?a=b", "myapp://cancel"
	page, err := f.Checkout(t.Context(), o)
	must(t, err)
	b.open(page)
	b.press("abandon")
	b.wantRedirect(o.CancelURL)
	b.open(page)
	b.press("pay")
	b.wantRedirect(o.SuccessURL)
	b.open(page)
	b.wantTexts(`href="` + o.SuccessURL + `"`)
}
