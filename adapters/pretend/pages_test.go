package pretend_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/ports"
)

// Forms posted from other sites are rejected, also for browsers that do not send Sec-Fetch-Site.
func TestForeignFormsAreRejected(t *testing.T) {
	f, b, _ := newSubscriberPortal(t)
	portal, checkout := b.url, f.openCheckout(t, f.newCustomer(t))
	f.takeDeliveries()
	for name, headers := range map[string]map[string]string{
		"another site":   {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
		"a sibling site": {"Sec-Fetch-Site": "same-site"},
		"an old browser": {"Origin": "https://evil.example"},
		"no origin":      {"Origin": "null"},
	} {
		for page, button := range map[string]string{portal: "stop", checkout: "pay"} {
			r := b.newRequest(http.MethodPost, page, "button="+button)
			r.Header.Del("Sec-Fetch-Site")
			for key, value := range headers {
				r.Header.Set(key, value)
			}
			b.send(r)
			if b.status != http.StatusForbidden {
				t.Errorf("form from %s: status = %d, want 403", name, b.status)
			}
		}
	}
	if got := f.takeEventTypes(t); len(got) != 0 {
		t.Errorf("rejected forms emitted the events %q, want none", got)
	}
}

func TestInvalidRequests(t *testing.T) {
	f, b, _ := newSubscriberPortal(t)
	portal, checkout := b.url, f.openCheckout(t, f.newCustomer(t))
	longForm := "twice=" + strings.Repeat("1", 1<<20) + "&button=stop"
	unknownCheckout, unknownPortal := f.baseURL+"pretend/checkout/cs_test_1", f.baseURL+"pretend/portal/bps_1"
	for _, test := range []struct {
		method string
		url    string
		body   string
		want   int
	}{
		{method: "GET", url: unknownCheckout, want: 404},
		{method: "POST", url: unknownCheckout, body: "button=pay", want: 404},
		{method: "GET", url: unknownPortal, want: 404},
		{method: "POST", url: unknownPortal, body: "button=stop", want: 404},
		{method: "GET", url: f.baseURL + "pretend/", want: 404},
		{method: "POST", url: checkout, body: "button=steal", want: 400},
		{method: "POST", url: portal, body: "", want: 400},
		{method: "POST", url: checkout + "?button=pay", want: 400}, // only the form counts
		{method: "POST", url: portal, body: longForm, want: 400},
		{method: "POST", url: checkout, body: "%zz=%", want: 400},
		{method: "PUT", url: checkout, body: "button=pay", want: 405},
	} {
		b.send(b.newRequest(test.method, test.url, test.body))
		if b.status != test.want {
			t.Errorf("%s %s with form %.40q: status = %d, want %d",
				test.method, test.url, test.body, b.status, test.want)
		}
	}
}

// The pages redirect only to the URLs in the order, never to one in the request.
func TestNoOpenRedirect(t *testing.T) {
	f, b := newFixtureWithBrowser(t)
	page := f.openCheckout(t, f.newCustomer(t))
	evil := "success_url=https://evil.example&cancel_url=https://evil.example" +
		"&next=https://evil.example&return_url=//evil.example"
	b.send(b.newRequest(http.MethodPost, page+"?"+evil, "button=abandon&"+evil))
	b.wantRedirect(cancelURL)
	b.send(b.newRequest(http.MethodPost, page+"?"+evil, "button=decline&"+evil))
	if strings.Contains(b.body+b.url, "evil") {
		t.Errorf("the page %s repeats a URL from the request:\n%s", b.url, b.body)
	}
}

// The pages have security headers, run no scripts and load nothing.
func TestPagesAreSelfContained(t *testing.T) {
	f, b := newFixtureWithBrowser(t)
	customer := f.newCustomer(t)
	page, err := f.Checkout(t.Context(), ports.Order{
		Customer:   customer,
		Plan:       plan.Plan{Name: `<script>alert("1")</script>`, Cents: 5, Currency: "usd"},
		SuccessURL: "javascript:alert(1)",
		CancelURL:  "javascript:alert(2)",
	})
	must(t, err)
	portal, err := f.Portal(t.Context(), customer, "javascript:alert(3)")
	must(t, err)
	all := b.rawPage(page) + b.rawPage(portal) + b.rawPage(page+"0")
	must(t, f.payAt(page))
	all += b.rawPage(page) + b.rawPage(portal)
	for _, text := range []string{"<script", "javascript:", "src=", "<link", "@import", "url(", "onclick"} {
		if strings.Contains(all, text) {
			t.Errorf("a page contains %q", text)
		}
	}
	for _, text := range []string{"&lt;script&gt;", "$0.05 / month"} {
		if !strings.Contains(all, text) {
			t.Errorf("no page contains %q", text)
		}
	}
	if n := strings.Count(all, `name="viewport"`); n != 5 {
		t.Errorf("%d of 5 pages have a viewport", n)
	}
}

// rawPage returns the HTML of a page, and checks its headers.
func (b *browser) rawPage(address string) string {
	b.Helper()
	resp, err := b.client.Get(address)
	must(b, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(b, err)
	for name, want := range map[string]string{
		"Content-Type":           "text/html; charset=utf-8",
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
	} {
		if got := resp.Header.Get(name); got != want {
			b.Errorf("%s: %s = %q, want %q", address, name, got, want)
		}
	}
	csp := resp.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(csp, "default-src 'none';") || strings.Contains(csp, "script") {
		b.Errorf("%s: Content-Security-Policy = %q, want it to forbid all sources and scripts", address, csp)
	}
	return string(body)
}
