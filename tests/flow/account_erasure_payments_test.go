package flow

import (
	"context"
	"net/http"
	"path"
	"strings"
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

// wantErasureUnavailable fails the test unless the erasure fails because of the payments provider.
func (d device) wantErasureUnavailable() {
	d.Helper()
	d.wantError(http.StatusServiceUnavailable, "payments_unavailable", "DELETE", "/user/me", nil)
}

// The subscription is canceled at the provider before the account is erased. Otherwise
// the provider would go on charging a user without an account.
func TestErasureCancelsTheSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spy, p, d := startWithPaymentsSpy(t)
		p.upgrade(d)
		customer := spy.customerOf(d)
		spy.SetOutage(true)
		d.wantErasureUnavailable()
		d.checkTier("Pro", "active")
		spy.SetOutage(false)
		d.eraseAccount()
		d.checkLoggedOut()
		synctest.Wait() // until the webhooks are delivered
		got, err := spy.Fetch(context.Background(), customer)
		if err != nil || !got.Live() || !got.CancelAtPeriodEnd {
			t.Errorf("subscription after the erasure = %+v, %v; want it to end with its period", got, err)
		}
		if err := spy.EndPeriod(customer); err != nil {
			t.Fatalf("end the period: %v", err)
		}
		synctest.Wait()
		if got, err := spy.Fetch(context.Background(), customer); err != nil || got.Live() {
			t.Errorf("subscription after its period = %+v, %v; want it ended", got, err)
		}
		time.Sleep(time.Hour)             // webhooks that were refused would be sent again
		p.checkLogCount("level=ERROR", 1) // of the outage
	})
}

// Users who have canceled already, or who have opened a checkout page only, can erase
// their accounts when the provider is reachable.
func TestErasureAfterACancelOrACheckout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spy, p, canceled := startWithPaymentsSpy(t)
		p.upgrade(canceled)
		canceled.Want(http.StatusOK, "POST", "/subscribe/cancel", nil)
		unpaid := p.newDevice().Login(client.Number())
		unpaid.checkoutPage()
		spy.SetOutage(true)
		for _, d := range []device{canceled, unpaid} {
			d.wantErasureUnavailable()
		}
		p.newDevice().Login(client.Number()).eraseAccount() // without a customer record the provider is not called
		spy.SetOutage(false)
		for _, d := range []device{canceled, unpaid} {
			d.eraseAccount()
			d.checkLoggedOut()
		}
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
	var payments *pretend.Payments
	var page string
	var openPage func()
	hook := boot.Wrap(func(r ports.Rooms) ports.Rooms { return hookedRooms{r, func() { openPage() }} })
	_, d := startLoggedIn(t, config(t), capturePayments(&payments), hook)
	openPage = func() { page = d.checkoutPage() }
	d.eraseAccount()
	if _, err := payments.Pay(path.Base(page)); err == nil {
		t.Errorf("checkout page %q was paid after the erasure, want an error", page)
	}
}

// secondCancelFails is ports.Payments that is unavailable from the second cancel on.
type secondCancelFails struct {
	ports.Payments
	cancels int
}

func (p *secondCancelFails) CancelAtPeriodEnd(ctx context.Context, customer string, cancel bool) error {
	p.cancels++
	if p.cancels > 1 {
		return subscription.ErrUnavailable
	}
	return p.Payments.CancelAtPeriodEnd(ctx, customer, cancel)
}

// When the provider fails after the account is erased, the log names the customer whose
// checkout pages may still be open.
func TestOpenCheckoutPagesOfAnErasedAccountAreLogged(t *testing.T) {
	p, d := startLoggedIn(t, config(t), boot.Wrap(func(p ports.Payments) ports.Payments {
		return &secondCancelFails{Payments: p}
	}))
	d.checkoutPage()
	d.eraseAccount()
	for _, text := range []string{"checkout_err", "closing the checkout pages of customer cus_"} {
		if !strings.Contains(p.Log.String(), text) {
			t.Errorf("the log does not contain %q:\n%s", text, p.Log)
		}
	}
}
