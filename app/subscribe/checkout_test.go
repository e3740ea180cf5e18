package subscribe_test

import (
	"errors"
	"testing"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// The provider deletes the customer while the checkout page is opened. Clients know no error of
// a customer.
func TestTheCustomerOfACheckoutIsUnknown(t *testing.T) {
	h := newHarness(t)
	h.fetchUnknown = true
	_, err := h.Checkout(t.Context(), ada, subscribe.ReturnURLs{})
	if f := fault.Of(err); !errors.Is(f, subscription.ErrUnavailable) {
		t.Fatalf("Checkout failed with %v, want ErrUnavailable", err)
	}
	h.fetchUnknown = false
	h.buyPro(t)
}
