package flow

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestFromTheCheckoutToPro(t *testing.T) {
	p := start(t, config(t))
	p.device().want(http.StatusUnauthorized, "POST", "/subscribe/pro", nil)
	d := p.device().login(number())
	room := d.room("r")
	for range 5 {
		d.ask(room, "hello")
	}
	refused(t, d.send(room, "the sixth"), 429, "quota_exhausted")
	d.tier("Basic", "none")

	page := d.checkout()
	if !strings.HasPrefix(page, p.URL()+"/pretend/checkout/") {
		t.Fatalf("the checkout page is %s", page)
	}
	if form := browse(t, "GET", page, http.StatusOK); !strings.Contains(form, `value="pay"`) || !strings.Contains(form, "$9.99 / month") {
		t.Errorf("the page: %s", form)
	}
	d.tier("Basic", "none")
	if next := browse(t, "POST", page, http.StatusSeeOther); !strings.HasPrefix(next, p.URL()+"/pretend/") || !strings.HasSuffix(next, "/subscription/success") {
		t.Errorf("paying leads to %s", next)
	}
	for d.want(http.StatusOK, "GET", "/subscribe/status", nil).Get("tier") != "Pro" { // until the webhook has come
		if t.Context().Err() != nil {
			t.Fatal("no webhook came")
		}
	}

	sent := d.send(room, "the sixth")
	if sent.Status != http.StatusAccepted {
		t.Fatalf("the sixth: %d %s", sent.Status, sent.Body)
	}
	for name := range sent.Header {
		if strings.HasPrefix(strings.ToLower(name), "ratelimit") {
			t.Errorf("Pro's answer has %s", name)
		}
	}
	status := d.tier("Pro", "active")
	if status.Get("messages_used_today") != "6" || status.Get("cancel_at_period_end") != "false" || status.Get("current_period_end") == "" || !strings.Contains(string(status.Body), `"daily_limit":null,`) || !strings.Contains(string(status.Body), `"messages_remaining":null,`) {
		t.Errorf("status: %s", status.Body)
	}
	refused(t, d.want(http.StatusConflict, "POST", "/subscribe/pro", nil), 409, "already_pro")
	if paid := browse(t, "GET", page, http.StatusOK); strings.Contains(paid, `value="pay"`) {
		t.Errorf("the page can be paid twice: %s", paid)
	}
}

// browse opens a page, or presses its pay button, over a socket, and returns
// what it shows or where it leads.
func browse(t *testing.T, method, page string, status int) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, page, strings.NewReader("button=pay"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		t.Fatalf("%s %s: %d %s %v", method, page, res.StatusCode, body, err)
	}
	return res.Header.Get("Location") + strings.TrimSpace(map[bool]string{true: string(body)}[status == http.StatusOK])
}

func TestACheckoutThatIsNotPaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t, "FRONTEND_URL", "https://app.example/"))
		page := d.checkout()
		if next := p.press(page, "abandon"); next != "https://app.example/subscription/cancel" {
			t.Errorf("leaving leads to %s", next)
		}
		synctest.Wait()
		d.tier("Basic", "none")
		p.press(page, "decline")
		synctest.Wait()
		d.tier("Basic", "incomplete")
		room := d.room("r")
		for range 5 {
			d.ask(room, "hello")
		}
		refused(t, d.send(room, "hello"), 429, "quota_exhausted")
		d.checkout() // another is not refused
		if next := p.press(page, "pay"); next != "https://app.example/subscription/success" {
			t.Errorf("paying leads to %s", next)
		}
		synctest.Wait()
		d.tier("Pro", "active")
		d.ask(room, "hello")
	})
}

func TestCheckoutsAtOnceAreOfOneCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t))
		var pages []string
		for _, a := range together(t, 20, func(int) (client.Answer, error) { return d.Call("POST", "/subscribe/pro", nil) }) {
			if a.Status != http.StatusCreated {
				t.Fatalf("checkout: %d %s", a.Status, a.Body)
			}
			pages = append(pages, a.Get("url"))
		}
		p.press(pages[7], "pay")
		synctest.Wait()
		d.tier("Pro", "active")
	})
}

// The plans are what the configuration says.
func TestThePriceIsConfigured(t *testing.T) {
	p := start(t, config(t, "PRO_PRICE_CENTS", "49900", "PRO_CURRENCY", "inr"))
	page := p.device().login(number()).checkout()
	if form := browse(t, "GET", page, http.StatusOK); !strings.Contains(form, fmt.Sprint("₹", "499.00 / month")) {
		t.Errorf("the page: %s", form)
	}
}
