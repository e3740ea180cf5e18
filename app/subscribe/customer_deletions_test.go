package subscribe_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// deleteCustomers deletes one batch of customers and checks its result.
func (h *harness) deleteCustomers(t *testing.T, want subscribe.DeletionResult) {
	t.Helper()
	got, err := h.DeleteCustomers(t.Context())
	if got != want || (err != nil) != (want.Failed > 0) {
		t.Errorf("the batch returned %+v, %v, want %+v", got, err, want)
	}
}

func TestTheCustomerOfAnErasedAccountIsDeleted(t *testing.T) {
	h := newHarness(t)
	customer := h.buyProWithWebhook(t)
	h.deleteCustomers(t, subscribe.DeletionResult{})
	h.eraseAda(t)()
	h.deleteCustomers(t, subscribe.DeletionResult{Deleted: 1})
	if _, err := h.provider.Fetch(t.Context(), customer); !errors.Is(err, subscription.ErrUnknownCustomer) {
		t.Errorf("the customer after the deletion: %v, want ErrUnknownCustomer", err)
	}
	h.clock.advance(24 * time.Hour)
	h.deleteCustomers(t, subscribe.DeletionResult{})
}

// While the provider is unavailable, the pauses between two attempts grow to an hour.
func TestADeletionIsRepeatedUntilTheProviderConfirmsIt(t *testing.T) {
	h := newHarness(t)
	h.failingCustomer = h.buyProWithWebhook(t)
	h.eraseAda(t)()
	for range 24 * 360 {
		_, _ = h.DeleteCustomers(t.Context())
		h.clock.advance(10 * time.Second)
	}
	if h.deletions < 24 || h.deletions > 40 {
		t.Errorf("%d attempts in a day of outage, want one an hour and some more at the start", h.deletions)
	}
	h.failingCustomer = ""
	h.clock.advance(time.Hour)
	h.deleteCustomers(t, subscribe.DeletionResult{Deleted: 1})
}

// One customer whose deletion always fails does not block others.
func TestAFailingDeletionDoesNotBlockOthers(t *testing.T) {
	h := newHarness(t)
	h.failingCustomer = h.buyProWithWebhook(t)
	h.eraseAda(t)()
	for i := range 7 {
		userID := id.ID(fmt.Sprintf("01890a5d-ac96-774b-bcce-b3020000000%d", i))
		h.addUser(t, userID, fmt.Sprintf("+1555000200%d", i))
		h.buyProAs(t, userID)
		if err := (memory.Eraser{Store: h.store}).Erase(t.Context(), userID, ports.KeepCounts{}); err != nil {
			t.Fatalf("erasing an account: %v", err)
		}
	}
	total := subscribe.DeletionResult{}
	for range 3 {
		result, _ := h.DeleteCustomers(t.Context())
		total.Deleted += result.Deleted
		total.Failed += result.Failed
	}
	if total != (subscribe.DeletionResult{Deleted: 7, Failed: 1}) {
		t.Errorf("three batches returned %+v, want 7 deleted and 1 failed", total)
	}
}
