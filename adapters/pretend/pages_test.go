package pretend_test

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// browser is a person in front of the pages. It does not follow redirects off them.
type browser struct {
	*testing.T
	client *http.Client
	url    string // of the page it is at
	status int
	body   string
	left   string // where it was sent away to
	header http.Header
}

// serve puts the company's pages on the network.
func (w *world) serve(t *testing.T) *browser {
	t.Helper()
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	w.base = server.URL + "/" // one slash more or less does not matter
	client := server.Client()
	client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), server.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &browser{T: t, client: client}
}

func (b *browser) send(r *http.Request) {
	b.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	b.url, b.status, b.body, b.left, b.header = resp.Request.URL.String(), resp.StatusCode, html.UnescapeString(string(body)), resp.Header.Get("Location"), resp.Header
}

func (b *browser) open(url string) {
	b.Helper()
	b.send(b.request(http.MethodGet, url, ""))
}

func (b *browser) request(method, url, body string) *http.Request {
	r, err := http.NewRequestWithContext(b.Context(), method, url, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

var (
	buttons = regexp.MustCompile(`<button[^>]* name="button" value="([a-z]+)"`)
	boxes   = regexp.MustCompile(`<input type="checkbox" name="([a-z]+)"( checked)?>`)
)

func (b *browser) buttons() (names []string) {
	for _, m := range buttons.FindAllStringSubmatch(b.body, -1) {
		names = append(names, m[1])
	}
	return names
}

// press sends the page's form with the button, if the page has it.
func (b *browser) press(button string, ticked ...string) {
	b.Helper()
	if !slices.Contains(b.buttons(), button) {
		b.Fatalf("no button %q at %s:\n%s", button, b.url, b.body)
	}
	form := url.Values{"button": {button}}
	for _, box := range ticked {
		form.Set(box, "on")
	}
	b.send(b.request(http.MethodPost, b.url, form.Encode()))
}

func (b *browser) sees(texts ...string) {
	b.Helper()
	for _, text := range texts {
		if !strings.Contains(b.body, text) {
			b.Errorf("%q is not at %s:\n%s", text, b.url, b.body)
		}
	}
}

func TestCheckoutPage(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	customer := w.customer(t)
	page := w.checkout(t, customer)
	b.open(page)
	b.sees("Parley Pro", "$9.99 / month", "No money moves")
	if strings.Contains(b.body, "declined.") {
		t.Error("declined before it was tried")
	}

	b.press("abandon")
	if b.status != http.StatusSeeOther || b.left != "https://app.example/cancel" {
		t.Errorf("left: %d to %q", b.status, b.left)
	}

	b.open(page)
	b.press("decline")
	b.sees("Your card was declined")
	if s := w.fetch(t, customer); b.url != page || s.Status != subscription.Incomplete {
		t.Errorf("declined: at %s, %+v", b.url, s)
	}

	b.press("pay")
	if s := w.fetch(t, customer); b.status != http.StatusSeeOther || b.left != "https://app.example/success" || s.Status != subscription.Active {
		t.Errorf("paid: %d to %q, %+v", b.status, b.left, s)
	}

	b.open(page)
	b.sees("complete", `href="https://app.example/success"`)
	if len(b.buttons()) != 0 {
		t.Errorf("to be pressed on what is over: %q", b.buttons())
	}
}

// A second press of Pay, before the first has been answered, buys nothing more.
func TestPayPressedTwice(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	page := w.checkout(t, w.customer(t))
	w.deliveries()
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			one := *b
			one.send(one.request(http.MethodPost, page, "button=pay"))
			if one.status != http.StatusSeeOther && !strings.Contains(one.body, "complete") {
				t.Errorf("%d: %s", one.status, one.body)
			}
		})
	}
	wait.Wait()
	if got := types(t, w.deliveries()); len(got) != 3 {
		t.Errorf("%q", got)
	}
}

func TestCheckoutPageExpires(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	customer := w.customer(t)
	page := w.checkout(t, customer)
	w.pass(24*time.Hour - time.Microsecond)
	b.open(page)
	if !slices.Contains(b.buttons(), "pay") {
		t.Error("expired early")
	}
	w.pass(time.Microsecond)
	b.press("pay")
	b.sees("expired", `href="https://app.example/cancel"`)
	if s := w.fetch(t, customer); s.Status != subscription.None {
		t.Errorf("paid too late: %+v", s)
	}
}

func (w *world) openPortal(b *browser, customer string) {
	b.Helper()
	page, err := w.Portal(b.Context(), customer, "https://app.example/account")
	if err != nil {
		b.Fatal(err)
	}
	b.open(page)
}

func TestPortalPage(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	customer := w.subscriber(t)
	w.openPortal(b, customer)
	b.sees("Parley Pro, $9.99 / month", "1 March 2026, 12:00 UTC to 1 April 2026, 12:00 UTC", "No money moves", `href="https://app.example/account"`)
	for _, c := range []struct {
		button, sees string
		want         subscription.Status
		cancelling   bool
	}{
		{"cancel", "It ends with its period", subscription.Active, true},
		{"resume", "active", subscription.Active, false},
		{"end", "1 March 2026, 13:00 UTC to 1 April 2026, 13:00 UTC", subscription.Active, false},
		{"fail", "The next renewal will fail", subscription.Active, false},
		{"end", "It will be tried until 15 March 2026, 13:00 UTC", subscription.PastDue, false},
		{"recover", "active", subscription.Active, false},
		{"stop", "canceled", subscription.Canceled, false},
	} {
		if c.button == "end" {
			w.pass(start.Add(time.Hour).Sub(w.Now()))
		}
		b.press(c.button)
		b.sees(c.sees)
		if s := w.fetch(t, customer); s.Status != c.want || s.CancelAtPeriodEnd != c.cancelling || b.status != http.StatusOK {
			t.Fatalf("after %s: %d, %+v", c.button, b.status, s)
		}
	}
	if got := b.buttons(); !slices.Equal(got, []string{"delivery"}) {
		t.Errorf("buttons for what has ended: %q", got)
	}
}

func TestPortalOfOneWithoutASubscription(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	w.openPortal(b, w.customer(t))
	b.sees("There is none yet")
	b.send(b.request(http.MethodPost, b.url, "button=end")) // pressed on a page that was open for long
	b.sees("There is none yet")
}

func TestPortalSetsTheDelivery(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	ticked := func() (names []string) {
		for _, m := range boxes.FindAllStringSubmatch(b.body, -1) {
			if m[2] != "" {
				names = append(names, m[1])
			}
		}
		return names
	}
	w.openPortal(b, w.subscriber(t))
	w.deliveries()
	for _, boxes := range [][]string{{"twice"}, {"twice", "reversed"}, {"none"}, nil} {
		b.press("delivery", boxes...)
		if got := ticked(); !slices.Equal(got, boxes) {
			t.Errorf("ticked %q, shown %q", boxes, got)
		}
	}
	b.press("delivery", "twice")
	b.press("cancel")
	if got := w.deliveries(); len(got) != 2 {
		t.Errorf("sent %d times", len(got))
	}
}

func TestPortalExpires(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	customer := w.subscriber(t)
	w.openPortal(b, customer)
	w.pass(24 * time.Hour)
	b.press("stop")
	if s := w.fetch(t, customer); b.status != http.StatusNotFound || s.Status != subscription.Active {
		t.Errorf("%d, %+v", b.status, s)
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	customer := w.subscriber(t)
	w.openPortal(b, customer)
	portal, page := b.url, w.checkout(t, w.customer(t))
	w.deliveries()
	for name, headers := range map[string]map[string]string{
		"another site's":    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
		"a sibling's":       {"Sec-Fetch-Site": "same-site"},
		"an old browser's":  {"Origin": "https://evil.example"},
		"a hidden origin's": {"Origin": "null"},
	} {
		for url, button := range map[string]string{portal: "stop", page: "pay"} {
			r := b.request(http.MethodPost, url, "button="+button)
			r.Header.Del("Sec-Fetch-Site")
			for key, value := range headers {
				r.Header.Set(key, value)
			}
			if b.send(r); b.status != http.StatusForbidden {
				t.Errorf("%s form got %d", name, b.status)
			}
		}
	}
	if got := types(t, w.deliveries()); len(got) != 0 {
		t.Errorf("foreign forms did %q", got)
	}
}

func TestPagesRefuse(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	page := w.checkout(t, w.customer(t))
	w.openPortal(b, w.subscriber(t))
	portal := b.url
	for name, c := range map[string]struct {
		method, url, body string
		want              int
	}{
		"an unknown checkout":      {"GET", w.base + "pretend/checkout/cs_test_1", "", 404},
		"paying at none":           {"POST", w.base + "pretend/checkout/cs_test_1", "button=pay", 404},
		"an unknown portal":        {"GET", w.base + "pretend/portal/bps_1", "", 404},
		"managing at none":         {"POST", w.base + "pretend/portal/bps_1", "button=stop", 404},
		"a page that is not":       {"GET", w.base + "pretend/", "", 404},
		"a button that is not":     {"POST", page, "button=steal", 400},
		"no button":                {"POST", portal, "", 400},
		"a button in the query":    {"POST", page + "?button=pay", "", 400},
		"a form without end":       {"POST", portal, "twice=" + strings.Repeat("1", 1<<20) + "&button=stop", 400},
		"a form that is not one":   {"POST", page, "%zz=%", 400},
		"what only forms may send": {"PUT", page, "button=pay", 405},
	} {
		if b.send(b.request(c.method, c.url, c.body)); b.status != c.want {
			t.Errorf("%s: %d", name, b.status)
		}
	}
}

// Nobody is sent where the order does not say.
func TestNoOpenRedirect(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	page := w.checkout(t, w.customer(t))
	evil := "success_url=https://evil.example&cancel_url=https://evil.example&next=https://evil.example&return_url=//evil.example"
	b.send(b.request(http.MethodPost, page+"?"+evil, "button=abandon&"+evil))
	if b.left != "https://app.example/cancel" {
		t.Errorf("left for %q", b.left)
	}
	b.send(b.request(http.MethodPost, page+"?"+evil, "button=decline&"+evil))
	if strings.Contains(b.body+b.url, "evil") {
		t.Errorf("at %s:\n%s", b.url, b.body)
	}
}

func TestPagesAreQuiet(t *testing.T) {
	w := newWorld(t)
	b := w.serve(t)
	raw := func(url string) string {
		resp, err := b.client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		h := resp.Header
		if h.Get("Content-Type") != "text/html; charset=utf-8" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none';") || strings.Contains(h.Get("Content-Security-Policy"), "script") {
			t.Errorf("%s: %v", url, h)
		}
		return string(body)
	}
	customer := w.customer(t)
	page, err := w.Checkout(t.Context(), ports.Order{
		Customer: customer, Plan: subscription.Plan{Name: `<script>alert("1")</script>`, Cents: 5, Currency: "usd"}, SuccessURL: "javascript:alert(1)", CancelURL: "javascript:alert(2)",
	})
	if err != nil {
		t.Fatal(err)
	}
	portal, err := w.Portal(t.Context(), customer, "javascript:alert(3)")
	if err != nil {
		t.Fatal(err)
	}
	all := raw(page) + raw(portal) + raw(page+"0")
	if err := payAt(w.Company, page); err != nil {
		t.Fatal(err)
	}
	all += raw(page) + raw(portal)
	for _, word := range []string{"<script", "javascript:", "src=", "<link", "@import", "url(", "onclick"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is on the pages", word)
		}
	}
	if !strings.Contains(all, "&lt;script&gt;") || !strings.Contains(all, "$0.05 / month") || strings.Count(all, `name="viewport"`) != 5 {
		t.Error("the pages do not show what they should")
	}
}

func payAt(c *pretend.Company, page string) error {
	_, err := c.Pay(page[strings.LastIndex(page, "/")+1:])
	return err
}
