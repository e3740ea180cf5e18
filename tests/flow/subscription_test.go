package flow

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// sells gives the test the pretend company of a program.
func sells(company **pretend.Company) boot.Option {
	return boot.Wrap(func(c *pretend.Company) *pretend.Company { *company = c; return c })
}

// press presses a button of a company's page, with boxes ticked, and returns where that leads.
func (p *program) press(page, button string, ticked ...string) string {
	p.t.Helper()
	at, err := url.Parse(page)
	if err != nil {
		p.t.Fatal(err)
	}
	form := url.Values{"button": {button}}
	for _, box := range ticked {
		form.Set(box, "on")
	}
	r := httptest.NewRequestWithContext(p.t.Context(), "POST", at.Path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		p.t.Fatalf("pressing %s: %d %s", button, w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// checkout returns the page where somebody can buy Pro.
func (d device) checkout() string {
	d.t.Helper()
	return d.want(http.StatusCreated, "POST", "/subscribe/pro", nil).Get("url")
}

// portal returns the page where a subscriber manages payment.
func (d device) portal() string {
	d.t.Helper()
	return d.want(http.StatusCreated, "POST", "/subscribe/portal", nil).Get("url")
}

// buys makes a device's user Pro; in a bubble, once the webhooks have come.
func (p *program) buys(d device) {
	p.t.Helper()
	p.press(d.checkout(), "pay")
	synctest.Wait()
	d.tier("Pro", "active")
}

// tier checks what the status says, in all places that do.
func (d device) tier(tier, status string) client.Answer {
	d.t.Helper()
	a := d.want(http.StatusOK, "GET", "/subscribe/status", nil)
	me := d.want(http.StatusOK, "GET", "/user/me", nil)
	limit := map[string]string{"Basic": "5", "Pro": ""}[tier]
	if a.Get("tier") != tier || a.Get("status") != status || a.Get("daily_limit") != limit || me.Get("subscription_tier") != tier || me.Get("daily_limit") != limit {
		d.t.Errorf("status %s, me %s, want %s and %s", a.Body, me.Body, tier, status)
	}
	return a
}

// long is a configuration whose tokens outlive a subscription.
var long = []string{"ACCESS_TOKEN_EXPIRE_MINUTES", "500000"}

func TestWithoutASubscription(t *testing.T) {
	_, d := indoors(t, config(t))
	for range 2 {
		for _, path := range []string{"/subscribe/cancel", "/subscribe/resume", "/subscribe/portal"} {
			refused(t, d.want(http.StatusConflict, "POST", path, nil), 409, "not_subscribed")
		}
		d.checkout() // a checkout is no subscription
	}
	if status := d.tier("Basic", "none"); status.Get("current_period_end") != "" || status.Get("cancel_at_period_end") != "false" {
		t.Errorf("status: %s", status.Body)
	}
}

func TestCancelAndResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, leaps := leaping()
		p, d := indoors(t, config(t, long...), leaps)
		p.buys(d)
		change := func(what, cancels string) {
			t.Helper()
			time.Sleep(time.Second)
			a := d.want(http.StatusOK, "POST", "/subscribe/"+what, nil)
			if a.Get("cancel_at_period_end") != cancels || a.Get("tier") != "Pro" || a.Get("status") != "active" || string(a.Body) != string(d.tier("Pro", "active").Body) {
				t.Errorf("%s: %s", what, a.Body)
			}
		}
		change("resume", "false")
		change("cancel", "true")
		change("cancel", "true")
		change("resume", "false")
		time.Sleep(time.Second)
		p.press(d.portal(), "cancel")
		synctest.Wait()
		if a := d.tier("Pro", "active"); a.Get("cancel_at_period_end") != "true" || a.Get("current_period_end") != "2000-02-01T00:00:00Z" {
			t.Errorf("cancelled in the portal: %s", a.Body)
		}
		refused(t, d.want(http.StatusConflict, "POST", "/subscribe/pro", nil), 409, "already_pro")

		clock.to(midnight(31).Add(-time.Microsecond))
		d.tier("Pro", "active")
		clock.to(midnight(31))
		if a := d.want(http.StatusOK, "GET", "/subscribe/status", nil); a.Get("tier") != "Basic" || a.Get("daily_limit") != "5" {
			t.Errorf("after the period: %s", a.Body)
		}
		refused(t, d.want(http.StatusConflict, "POST", "/subscribe/cancel", nil), 409, "not_subscribed")
		page := d.checkout()
		if a := d.tier("Basic", "canceled"); a.Get("cancel_at_period_end") != "false" {
			t.Errorf("canceled: %s", a.Body)
		}
		p.press(page, "pay")
		synctest.Wait()
		d.tier("Pro", "active")
	})
}

func TestASubscriptionEndedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t))
		p.buys(d)
		room := d.room("r")
		for range 7 {
			d.ask(room, "hello")
		}
		time.Sleep(time.Second)
		p.press(d.portal(), "stop")
		synctest.Wait()
		d.tier("Basic", "canceled")
		a := d.send(room, "hello") // what Pro sent today counts
		refused(t, a, 429, "quota_exhausted")
		if a.Header.Get("RateLimit-Remaining") != "0" {
			t.Errorf("headers: %v", a.Header)
		}
	})
}

func TestAFailedRenewalKeepsProForTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, leaps := leaping()
		p, d := indoors(t, config(t, append(long, "PAST_DUE_GRACE", "72h")...), leaps)
		p.buys(d)
		portal := d.portal()
		p.press(portal, "fail")
		synctest.Wait()
		d.tier("Pro", "active")
		time.Sleep(time.Hour)
		p.press(portal, "end")
		synctest.Wait()
		d.tier("Pro", "past_due")
		failed := clock.Now()
		refused(t, d.want(http.StatusConflict, "POST", "/subscribe/pro", nil), 409, "already_pro")
		clock.to(failed.Add(72*time.Hour - time.Microsecond))
		d.tier("Pro", "past_due")
		clock.to(failed.Add(72 * time.Hour))
		d.tier("Basic", "past_due")
		if a := d.send(d.room("r"), "hello"); a.Header.Get("RateLimit-Limit") != "5" {
			t.Errorf("past the grace: %v", a.Header)
		}
		refused(t, d.want(http.StatusConflict, "POST", "/subscribe/pro", nil), 409, "already_pro") // it can still be paid
		p.press(d.portal(), "recover")
		synctest.Wait()
		d.tier("Pro", "active")
	})
}

// A renewal that nobody tells of is given the grace, too; then the company is asked when Pro is to be bought again.
func TestARenewalThatIsNotHeardOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, leaps := leaping()
		p, d := indoors(t, config(t, long...), leaps)
		p.buys(d)
		p.press(d.portal(), "delivery", "none")
		end := midnight(31).Add(7 * 24 * time.Hour)
		clock.to(end.Add(-time.Microsecond))
		d.tier("Pro", "active")
		clock.to(end)
		d.tier("Basic", "active")
		refused(t, d.want(http.StatusConflict, "POST", "/subscribe/pro", nil), 409, "already_pro")
		if a := d.tier("Pro", "active"); a.Get("current_period_end") != "2000-03-01T00:00:00Z" {
			t.Errorf("after looking: %s", a.Body)
		}
	})
}

func TestTheAliasOfTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t))
		for range 2 {
			want := d.want(http.StatusOK, "GET", "/subscribe/status", nil)
			if got := d.want(http.StatusOK, "GET", "/subscription/status", nil); string(got.Body) != string(want.Body) {
				t.Errorf("%s and %s", got.Body, want.Body)
			}
			p.inside().want(http.StatusUnauthorized, "GET", "/subscription/status", nil)
			if d.want(http.StatusOK, "GET", "/user/me", nil).Get("subscription_tier") == "Basic" {
				p.buys(d)
			}
		}
	})
}
