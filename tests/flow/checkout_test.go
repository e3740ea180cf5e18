package flow

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// browse sends a request for a page of the pretend provider over a socket, as a browser
// does without following redirects. A POST presses the pay button.
func browse(t *testing.T, method, page string, status int) client.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, page, strings.NewReader("button=pay"))
	if err != nil {
		t.Fatalf("create the request: %v", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("send %s %s: %v", method, page, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		t.Fatalf("%s %s: status %d, body %s, error %v; want status %d", method, page, res.StatusCode, body, err, status)
	}
	return client.Response{Status: res.StatusCode, Header: res.Header, Body: body}
}

const payButton = `value="pay"`

func TestACheckoutUpgradesToPro(t *testing.T) {
	p := start(t, config(t))
	p.tcpDevice().Want(http.StatusUnauthorized, "POST", "/subscribe/pro", nil)
	d := p.tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	for range 5 {
		d.Send(room, "hello")
	}
	d.checkQuotaExhausted(room)
	d.checkTier("Basic", "none")

	page := d.checkoutPage()
	if !strings.HasPrefix(page, p.URL()+"/pretend/checkout/") {
		t.Fatalf("checkout page = %s, want a page of the pretend provider", page)
	}
	form := string(browse(t, "GET", page, http.StatusOK).Body)
	if !strings.Contains(form, payButton) || !strings.Contains(form, "$9.99 / month") {
		t.Errorf("checkout page = %s, want a pay button and the price", form)
	}
	d.checkTier("Basic", "none")
	next := browse(t, "POST", page, http.StatusSeeOther).Header.Get("Location")
	if !strings.HasPrefix(next, p.URL()+"/pretend/") || !strings.HasSuffix(next, "/subscription/success") {
		t.Errorf("page after the payment = %s, want the success page", next)
	}
	d.waitForPro()

	sent := d.postMessage(room, "the sixth")
	if sent.Status != http.StatusAccepted {
		t.Fatalf("sixth message of a Pro user: status %d, body %s; want 202", sent.Status, sent.Body)
	}
	for name := range sent.Header {
		if strings.HasPrefix(strings.ToLower(name), "ratelimit") {
			t.Errorf("the response to a Pro user has the header %s, want no daily limit", name)
		}
	}
	status := d.checkTier("Pro", "active")
	checkFields(t, status, map[string]string{"messages_used_today": "6", "cancel_at_period_end": "false"})
	if status.Field("current_period_end") == "" {
		t.Errorf("subscription status = %s, want a current_period_end", status.Body)
	}
	for _, field := range []string{`"daily_limit":null,`, `"messages_remaining":null,`} {
		if !strings.Contains(string(status.Body), field) {
			t.Errorf("subscription status = %s, want %s", status.Body, field)
		}
	}
	checkError(t, d.call("POST", "/subscribe/pro", nil), 409, "already_pro")
	if form := string(browse(t, "GET", page, http.StatusOK).Body); strings.Contains(form, payButton) {
		t.Errorf("checkout page after the payment = %s, want no pay button", form)
	}
}

// waitForPro waits until the webhook of a payment has made the user Pro.
func (d device) waitForPro() {
	d.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for d.Want(http.StatusOK, "GET", "/subscribe/status", nil).Field("tier") != "Pro" {
		if time.Now().After(deadline) {
			d.Fatal("the user is not Pro 10 s after the payment")
		}
	}
}

func TestACheckoutCanBePaidAfterItWasAbandonedOrDeclined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t, "FRONTEND_URL", "https://app.example/"))
		page := d.checkoutPage()
		press := func(button, wantNext string) {
			t.Helper()
			next := p.press(page, button)
			synctest.Wait() // until the webhooks are delivered
			if wantNext != "" && next != wantNext {
				t.Errorf("page after pressing %s = %s, want %s", button, next, wantNext)
			}
		}
		press("abandon", "https://app.example/subscription/cancel")
		d.checkTier("Basic", "none")
		press("decline", "")
		d.checkTier("Basic", "incomplete")
		room := d.NewRoom("r")
		for range 5 {
			d.Send(room, "hello")
		}
		d.checkQuotaExhausted(room)
		d.checkoutPage() // another checkout is possible
		press("pay", "https://app.example/subscription/success")
		d.checkTier("Pro", "active")
		d.Send(room, "hello")
	})
}

func TestConcurrentCheckoutsCreateOneCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t))
		var pages []string
		for _, r := range concurrently(t, 20, func(int) (client.Response, error) {
			return d.Call("POST", "/subscribe/pro", nil)
		}) {
			if r.Status != http.StatusCreated {
				t.Fatalf("concurrent checkout: status %d, body %s; want 201", r.Status, r.Body)
			}
			pages = append(pages, r.Field("url"))
		}
		p.press(pages[7], "pay")
		synctest.Wait()
		d.checkTier("Pro", "active")
	})
}

func TestThePriceIsConfigurable(t *testing.T) {
	p := start(t, config(t, "PRO_PRICE_CENTS", "49900", "PRO_CURRENCY", "inr"))
	page := p.tcpDevice().Login(client.Number()).checkoutPage()
	if form := string(browse(t, "GET", page, http.StatusOK).Body); !strings.Contains(form, "₹499.00 / month") {
		t.Errorf("checkout page = %s, want the configured price", form)
	}
}
