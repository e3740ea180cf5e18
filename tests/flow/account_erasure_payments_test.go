package flow

import (
	"context"
	"errors"
	"net/http"
	"path"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// checkCustomerDeleted checks whether the payments provider has deleted a customer.
func (s *paymentsSpy) checkCustomerDeleted(t *testing.T, customer string, want bool) {
	t.Helper()
	_, err := s.Fetch(context.Background(), customer)
	if deleted := errors.Is(err, subscription.ErrUnknownCustomer); deleted != want {
		t.Errorf("customer deleted = %t (%v), want %t", deleted, err, want)
	}
}

// The customer is deleted at the provider. Otherwise the provider would go on charging a user
// without an account, and would keep the user's data.
func TestErasureDeletesTheCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spy, p, d := startWithPaymentsSpy(t)
		p.upgrade(d)
		customer := spy.customerOf(d)
		d.eraseAccount()
		d.checkLoggedOut()
		time.Sleep(3 * time.Second)
		spy.checkCustomerDeleted(t, customer, true)
		time.Sleep(time.Hour) // webhooks that were refused would be sent again
		p.checkNoErrorLogs()
	})
}

// An account can be erased while the provider is unavailable. The customer is deleted later.
func TestErasureDuringAnOutageOfThePaymentsProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spy, p, canceled := startWithPaymentsSpy(t)
		p.upgrade(canceled)
		canceled.Want(http.StatusOK, "POST", "/subscribe/cancel", nil)
		unpaid := p.newDevice().Login(client.Number())
		unpaid.checkoutPage()
		customers := []string{spy.customerOf(canceled), spy.customerOf(unpaid)}
		spy.SetOutage(true)
		for _, d := range []device{canceled, unpaid} {
			d.eraseAccount()
			d.checkLoggedOut()
		}
		time.Sleep(5 * time.Hour)
		p.checkLogged("level=ERROR", `msg="deleting customers of erased accounts failed, will retry"`)
		spy.SetOutage(false)
		time.Sleep(time.Hour + 10*time.Second)
		for _, customer := range customers {
			spy.checkCustomerDeleted(t, customer, true)
		}
	})
}

// The number is free immediately, also while the customer of the erased account still exists. The
// new account is another customer.
func TestTheNumberIsFreeBeforeTheCustomerIsDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spy, p, _ := startWithPaymentsSpy(t)
		number := client.Number()
		d := p.newDevice().Login(number)
		p.upgrade(d)
		first := spy.customerOf(d)
		spy.SetOutage(true)
		d.eraseAccount()
		time.Sleep(time.Minute) // until the number may get another code
		again := p.newDevice().Login(number)
		again.checkTier("Basic", "none")
		spy.SetOutage(false)
		p.upgrade(again)
		time.Sleep(2 * time.Hour)
		spy.checkCustomerDeleted(t, first, true)
		again.checkTier("Pro", "active")
	})
}

// hookedRooms is ports.Rooms that calls a function before List.
type hookedRooms struct {
	ports.Rooms
	beforeList func()
}

func (r hookedRooms) List(
	ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int,
) (chat.RoomPage, error) {
	r.beforeList()
	return r.Rooms.List(ctx, owner, after, limit)
}

// The test opens the checkout page while the erasure lists the rooms of the user.
func TestACheckoutPageOpenedDuringTheErasureCannotBePaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var payments *pretend.Payments
		var page string
		var openPage func()
		hook := boot.Wrap(func(r ports.Rooms) ports.Rooms { return hookedRooms{r, func() { openPage() }} })
		_, d := startLoggedIn(t, config(t), capturePayments(&payments), hook)
		openPage = func() { page = d.checkoutPage() }
		d.eraseAccount()
		time.Sleep(3 * time.Second)
		if _, err := payments.Pay(path.Base(page)); err == nil {
			t.Errorf("checkout page %q was paid after the erasure, want an error", page)
		}
	})
}
