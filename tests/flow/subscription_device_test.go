package flow

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/tests/client"
)

// longTokens are the variables for access tokens that stay valid for about a year.
var longTokens = []string{"ACCESS_TOKEN_EXPIRE_MINUTES", "500000"}

// checkoutPage opens a page where the user can buy Pro, and returns its URL.
func (d device) checkoutPage() string {
	d.Helper()
	return d.Want(http.StatusCreated, "POST", "/subscribe/pro", nil).Field("url")
}

// portalPage opens a page where the user can manage the subscription, and returns its URL.
func (d device) portalPage() string {
	d.Helper()
	return d.Want(http.StatusCreated, "POST", "/subscribe/portal", nil).Field("url")
}

// press presses a button on a page of the pretend payments, with checkboxes checked. It
// returns the URL that the page redirects to.
func (p *program) press(pageURL, button string, checkboxes ...string) string {
	p.t.Helper()
	form := url.Values{"button": {button}}
	for _, name := range checkboxes {
		form.Set(name, "on")
	}
	r := httptest.NewRequestWithContext(p.t.Context(), "POST", pageURL, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		p.t.Fatalf("pressing %s: response %d %s, want a redirect with 303", button, w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// upgrade buys Pro on the pretend checkout and waits until the webhooks have arrived. It
// needs simulated time.
func (p *program) upgrade(d device) {
	p.t.Helper()
	p.press(d.checkoutPage(), "pay")
	synctest.Wait()
	d.checkTier("Pro", "active")
}

// syncedPortalPage opens the portal page of a user who has just paid. The program may
// not know of the payment, because its webhook was lost. A request for a second checkout
// page makes the program fetch the subscription.
func (d device) syncedPortalPage() string {
	d.Helper()
	d.Want(http.StatusConflict, "POST", "/subscribe/pro", nil)
	return d.portalPage()
}

// checkTier checks the tier in all responses that contain it, and the status of the
// subscription. It returns the response of /subscribe/status.
func (d device) checkTier(tier, status string) client.Response {
	d.Helper()
	overview := d.Want(http.StatusOK, "GET", "/subscribe/status", nil)
	limit := map[string]string{"Basic": "5", "Pro": ""}[tier]
	checkFields(d.TB, overview, map[string]string{"tier": tier, "status": status, "daily_limit": limit})
	user := d.Want(http.StatusOK, "GET", "/user/me", nil)
	checkFields(d.TB, user, map[string]string{"subscription_tier": tier, "daily_limit": limit})
	return overview
}

// checkSubscription is checkTier that also checks cancel_at_period_end, "true" or "false".
func (d device) checkSubscription(tier, status, cancelAtPeriodEnd string) client.Response {
	d.Helper()
	overview := d.checkTier(tier, status)
	checkFields(d.TB, overview, map[string]string{"cancel_at_period_end": cancelAtPeriodEnd})
	return overview
}

// checkPeriodEnd checks the end of the period in an overview of a subscription.
func checkPeriodEnd(t testing.TB, overview client.Response, want time.Time) {
	t.Helper()
	checkFields(t, overview, map[string]string{"current_period_end": want.Format(time.RFC3339Nano)})
}

// checkSnapshot checks that the program shows the subscription as in a snapshot of the provider.
func (d device) checkSnapshot(want subscription.Snapshot) {
	d.Helper()
	tier := map[bool]string{true: "Pro", false: "Basic"}[want.Live()]
	cancels := strconv.FormatBool(want.CancelAtPeriodEnd && want.Live())
	checkPeriodEnd(d.TB, d.checkSubscription(tier, string(want.Status), cancels), want.PeriodEnd)
}

// checkSync syncs the subscription, and checks that the response is also the new status.
func (d device) checkSync(tier, status string) {
	d.Helper()
	synced := d.Want(http.StatusOK, "POST", "/subscribe/sync", nil)
	if overview := d.checkTier(tier, status); string(overview.Body) != string(synced.Body) {
		d.Errorf("status after a sync = %s, want the response of the sync: %s", overview.Body, synced.Body)
	}
}

// checkSubscribeFails checks that requests to /subscribe/<action> fail with a status and error code.
func (d device) checkSubscribeFails(status int, code string, actions ...string) {
	d.Helper()
	for _, action := range actions {
		checkError(d.TB, d.call("POST", "/subscribe/"+action, nil), status, code)
	}
}
