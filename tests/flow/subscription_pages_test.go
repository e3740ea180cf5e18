package flow

import (
	"path"
	"testing"
	"testing/synctest"
	"time"
)

// The program follows every change that a developer can make on the pages of the pretend payments.
func TestASubscriptionChangesWithTheButtonsOfThePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t, "PAST_DUE_GRACE", "1h"))
		press := func(page, button, tier, status, cancelAtPeriodEnd string) {
			t.Helper()
			time.Sleep(time.Second)
			p.press(page, button)
			synctest.Wait()
			d.checkSubscription(tier, status, cancelAtPeriodEnd)
		}
		page := d.checkoutPage()
		press(page, "decline", "Basic", "incomplete", "false")
		press(page, "decline", "Basic", "incomplete", "false")
		press(page, "expire", "Basic", "incomplete_expired", "false")
		press(page, "pay", "Basic", "incomplete_expired", "false") // the page has expired
		page = d.checkoutPage()
		press(page, "decline", "Basic", "incomplete", "false")
		press(page, "pay", "Pro", "active", "false")
		portal := d.portalPage()
		press(portal, "cancel", "Pro", "active", "true")
		press(portal, "resume", "Pro", "active", "false")
		press(portal, "end", "Pro", "active", "false")
		press(portal, "fail", "Pro", "active", "false")
		press(portal, "recover", "Pro", "active", "false")
		press(portal, "fail", "Pro", "active", "false")
		press(portal, "end", "Pro", "past_due", "false")
		press(portal, "recover", "Pro", "active", "false")
		press(portal, "fail", "Pro", "active", "false")
		press(portal, "end", "Pro", "past_due", "false")
		press(portal, "end", "Basic", "canceled", "false") // no more retries of the payment
		press(d.checkoutPage(), "pay", "Pro", "active", "false")
		press(portal, "cancel", "Pro", "active", "true")
		press(portal, "end", "Basic", "canceled", "false")
		press(d.checkoutPage(), "pay", "Pro", "active", "false")
		press(portal, "stop", "Basic", "canceled", "false")
		p.checkNoErrorLogs()
	})
}

func TestOpenCheckoutPagesOfAnErasedAccountSellNothing(t *testing.T) {
	for name, beforeErasure := range map[string]func(p *program, page string){
		"an untouched page":              func(*program, string) {},
		"a page with a declined payment": func(p *program, page string) { p.press(page, "decline") },
	} {
		synctest.Test(t, func(t *testing.T) {
			s, p, d := startWithPaymentsSpy(t)
			pages := []string{d.checkoutPage(), d.checkoutPage()}
			customer := s.customerOf(d)
			beforeErasure(p, pages[0])
			synctest.Wait()
			d.eraseAccount()
			time.Sleep(3 * time.Second) // until the customer is deleted
			for _, page := range pages {
				if _, err := s.Pay(path.Base(page)); err == nil {
					t.Errorf("%s: the page was paid after the erasure, want an error", name)
				}
			}
			synctest.Wait()
			s.checkCustomerDeleted(t, customer, true)
			time.Sleep(2 * time.Hour)
			p.checkNoErrorLogs()
		})
	}
}

// The webhook of the payment was lost, so the program does not know of the subscription
// when it erases the account. The user must still not be charged again.
func TestErasureCancelsASubscriptionThatWasJustPaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t)
		page := d.checkoutPage()
		s.dropWebhooks()
		p.press(page, "pay")
		customer := s.customerOf(d)
		d.eraseAccount()
		time.Sleep(3 * time.Second)
		s.checkCustomerDeleted(t, customer, true)
		time.Sleep(2 * time.Hour) // the reconciler must not recheck an erased user
		p.checkNoErrorLogs()
	})
}
