package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestUsersWithoutASubscription(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	for range 2 {
		d.checkSubscribeFails(409, "not_subscribed", "cancel", "resume", "portal")
		d.checkoutPage() // a page that was not paid changes nothing
	}
	checkFields(t, d.checkSubscription("Basic", "none", "false"), map[string]string{"current_period_end": ""})
}

func TestCancelAndResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpyAndClock(t)
		p.upgrade(d)
		change := func(action, cancelAtPeriodEnd string) {
			t.Helper()
			time.Sleep(time.Second)
			changed := d.Want(http.StatusOK, "POST", "/subscribe/"+action, nil)
			overview := d.checkSubscription("Pro", "active", cancelAtPeriodEnd)
			if string(changed.Body) != string(overview.Body) {
				t.Errorf("response to %s = %s, want the new status: %s", action, changed.Body, overview.Body)
			}
		}
		change("resume", "false")
		change("cancel", "true")
		change("cancel", "true")
		change("resume", "false")
		time.Sleep(time.Second)
		p.press(d.portalPage(), "cancel")
		synctest.Wait()
		end := midnight(31)
		checkPeriodEnd(t, d.checkSubscription("Pro", "active", "true"), end)
		d.checkSubscribeFails(409, "already_pro", "pro")

		s.clock.set(end.Add(-time.Microsecond))
		d.checkTier("Pro", "active")
		s.clock.set(end)
		overview := d.Want(http.StatusOK, "GET", "/subscribe/status", nil)
		checkFields(t, overview, map[string]string{"tier": "Basic", "daily_limit": "5"})
		d.checkSubscribeFails(409, "not_subscribed", "cancel")
		page := d.checkoutPage() // this also fetches the subscription
		d.checkSubscription("Basic", "canceled", "false")
		p.press(page, "pay")
		synctest.Wait()
		d.checkTier("Pro", "active")
	})
}

// After the end of the subscription, the messages that the user sent with Pro count too.
func TestASubscriptionThatEndsImmediately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t))
		p.upgrade(d)
		room := d.NewRoom("r")
		for range 7 {
			d.Send(room, "hello")
		}
		time.Sleep(time.Second)
		p.press(d.portalPage(), "stop")
		synctest.Wait()
		d.checkTier("Basic", "canceled")
		r := d.checkQuotaExhausted(room)
		if got := r.Header.Get("RateLimit-Remaining"); got != "0" {
			t.Errorf("RateLimit-Remaining after 7 messages = %q, want 0", got)
		}
	})
}

func TestAFailedRenewalKeepsProForTheGracePeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpyAndClock(t, "PAST_DUE_GRACE", "72h")
		p.upgrade(d)
		portal := d.portalPage()
		p.press(portal, "fail")
		synctest.Wait()
		d.checkTier("Pro", "active")
		time.Sleep(time.Hour)
		p.press(portal, "end")
		synctest.Wait()
		d.checkTier("Pro", "past_due")
		failed := s.clock.Now()
		d.checkSubscribeFails(409, "already_pro", "pro")
		s.clock.set(failed.Add(72*time.Hour - time.Microsecond))
		d.checkTier("Pro", "past_due")
		s.clock.set(failed.Add(72 * time.Hour))
		d.checkTier("Basic", "past_due")
		if got := d.postMessage(d.NewRoom("r"), "hello").Header.Get("RateLimit-Limit"); got != "5" {
			t.Errorf("RateLimit-Limit after the grace period = %q, want 5", got)
		}
		d.checkSubscribeFails(409, "already_pro", "pro") // the subscription can still be paid
		p.press(d.portalPage(), "recover")
		synctest.Wait()
		d.checkTier("Pro", "active")
	})
}

// A subscription whose renewal is not known gets the grace period of 7 days too. After
// that, a request for a checkout page makes the program fetch the subscription.
func TestARenewalWithoutAWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpyAndClock(t)
		p.upgrade(d)
		p.press(d.portalPage(), "delivery", "none")
		end := midnight(31).Add(7 * 24 * time.Hour)
		s.clock.set(end.Add(-time.Microsecond))
		d.checkTier("Pro", "active")
		s.clock.set(end)
		d.checkTier("Basic", "active")
		d.checkSubscribeFails(409, "already_pro", "pro")
		checkPeriodEnd(t, d.checkTier("Pro", "active"), midnight(31+29)) // 1 March 2000
	})
}

func TestTheStatusIsTheSameAtBothPaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t))
		check := func() {
			t.Helper()
			want := d.Want(http.StatusOK, "GET", "/subscribe/status", nil)
			got := d.Want(http.StatusOK, "GET", "/subscription/status", nil)
			if string(got.Body) != string(want.Body) {
				t.Errorf("/subscription/status = %s, want %s as at /subscribe/status", got.Body, want.Body)
			}
			p.newDevice().Want(http.StatusUnauthorized, "GET", "/subscription/status", nil)
		}
		check()
		p.upgrade(d)
		check()
	})
}
