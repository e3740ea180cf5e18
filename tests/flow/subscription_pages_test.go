package flow

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/id"
)

// The whole life of a subscription can be tried on the pages, and the app follows it.
func TestALifeByThePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t, "PAST_DUE_GRACE", "1h"))
		press := func(page, button, tier, status, cancels string) {
			t.Helper()
			time.Sleep(time.Second)
			p.press(page, button)
			synctest.Wait()
			if a := d.tier(tier, status); a.Get("cancel_at_period_end") != cancels {
				t.Errorf("after %s: %s", button, a.Body)
			}
		}
		page := d.checkout()
		press(page, "decline", "Basic", "incomplete", "false")
		press(page, "decline", "Basic", "incomplete", "false")
		press(page, "expire", "Basic", "incomplete_expired", "false")
		press(page, "pay", "Basic", "incomplete_expired", "false") // leads back to a page that says so
		page = d.checkout()
		press(page, "decline", "Basic", "incomplete", "false")
		press(page, "pay", "Pro", "active", "false")
		portal := d.portal()
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
		press(portal, "end", "Basic", "canceled", "false") // given up
		press(d.checkout(), "pay", "Pro", "active", "false")
		press(portal, "cancel", "Pro", "active", "true")
		press(portal, "end", "Basic", "canceled", "false")
		press(d.checkout(), "pay", "Pro", "active", "false")
		press(portal, "stop", "Basic", "canceled", "false")
		p.calm()
	})
}

// A page that was open when its user went sells nothing any more.
func TestAPageOfAnErasedAccount(t *testing.T) {
	for name, before := range map[string]func(p *program, page string){
		"untouched": func(*program, string) {},
		"declined":  func(p *program, page string) { p.press(page, "decline") },
	} {
		synctest.Test(t, func(t *testing.T) {
			s, p, d := cashier(t)
			pages := []string{d.checkout(), d.checkout()}
			customer := s.customer(d)
			before(p, pages[0])
			synctest.Wait()
			d.erases()
			for _, page := range pages {
				if next := p.press(page, "pay"); strings.Contains(next, "success") {
					t.Errorf("%s: paying leads to %s", name, next)
				}
			}
			synctest.Wait()
			if now, err := s.Fetch(t.Context(), customer); err != nil || now.Live() {
				t.Errorf("%s: the company has sold %+v, %v", name, now, err)
			}
			time.Sleep(2 * time.Hour)
			p.calm()
		})
	}
}

// Paid in the moment before, it is charged no second time.
func TestAnAccountErasedJustAfterItPaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		who := id.ID(d.want(http.StatusOK, "GET", "/user/me", nil).Get("id"))
		page := d.checkout()
		s.SetDelivery(pretend.Delivery{None: true})
		p.press(page, "pay")
		d.erases()
		customer, err := s.Customer(context.Background(), who)
		if err != nil {
			t.Fatal(err)
		}
		if now, err := s.Fetch(context.Background(), customer); err != nil || !now.CancelAtPeriodEnd {
			t.Errorf("the subscription is %+v, %v", now, err)
		}
		time.Sleep(2 * time.Hour) // nobody looks for who is gone
		p.calm()
	})
}
