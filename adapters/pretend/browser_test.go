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
	"testing"
)

// browser shows one page at a time. It does not follow redirects to other sites.
type browser struct {
	*testing.T
	client *http.Client

	// The page that is shown.
	url        string
	status     int
	body       string
	redirectTo string // on another site
}

// newBrowser serves the pages over HTTP and returns a browser for them.
func (f *fixture) newBrowser(t *testing.T) *browser {
	t.Helper()
	server := httptest.NewServer(f.Handler())
	t.Cleanup(server.Close)
	f.baseURL = server.URL + "/" // a slash at the end must not matter
	client := server.Client()
	client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), server.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &browser{T: t, client: client}
}

func newFixtureWithBrowser(t *testing.T) (*fixture, *browser) {
	t.Helper()
	f := newFixture(t)
	return f, f.newBrowser(t)
}

func (b *browser) newRequest(method, address, body string) *http.Request {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, address, strings.NewReader(body))
	must(b, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

// send sends a request and shows the response.
func (b *browser) send(r *http.Request) {
	b.Helper()
	resp, err := b.client.Do(r)
	must(b, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(b, err)
	b.url = resp.Request.URL.String()
	b.status = resp.StatusCode
	b.body = html.UnescapeString(string(body))
	b.redirectTo = resp.Header.Get("Location")
}

func (b *browser) open(address string) {
	b.Helper()
	b.send(b.newRequest(http.MethodGet, address, ""))
}

// openPortal opens a new portal page of the customer.
func (f *fixture) openPortal(b *browser, customer string) {
	b.Helper()
	page, err := f.Portal(b.Context(), customer, accountURL)
	must(b, err)
	b.open(page)
}

var (
	buttonPattern   = regexp.MustCompile(`<button[^>]* name="button" value="([a-z]+)"`)
	checkboxPattern = regexp.MustCompile(`<input type="checkbox" name="([a-z]+)"( checked)?>`)
)

// buttons returns the names of the page's buttons.
func (b *browser) buttons() (names []string) {
	for _, m := range buttonPattern.FindAllStringSubmatch(b.body, -1) {
		names = append(names, m[1])
	}
	return names
}

// checked returns the names of the checkboxes that are checked.
func (b *browser) checked() (names []string) {
	for _, m := range checkboxPattern.FindAllStringSubmatch(b.body, -1) {
		if m[2] != "" {
			names = append(names, m[1])
		}
	}
	return names
}

// press posts the page's form with the button and the checked checkboxes. The page must have the button.
func (b *browser) press(button string, checked ...string) {
	b.Helper()
	if !slices.Contains(b.buttons(), button) {
		b.Fatalf("no button %q at %s:\n%s", button, b.url, b.body)
	}
	form := url.Values{"button": {button}}
	for _, name := range checked {
		form.Set(name, "on")
	}
	b.send(b.newRequest(http.MethodPost, b.url, form.Encode()))
}

// wantTexts checks that the page contains the texts.
func (b *browser) wantTexts(texts ...string) {
	b.Helper()
	for _, text := range texts {
		if !strings.Contains(b.body, text) {
			b.Errorf("the page %s does not contain %q:\n%s", b.url, text, b.body)
		}
	}
}

// wantRedirect checks that the last request redirected to another site.
func (b *browser) wantRedirect(address string) {
	b.Helper()
	if b.status != http.StatusSeeOther || b.redirectTo != address {
		b.Errorf("status %d and redirect to %q, want 303 to %q", b.status, b.redirectTo, address)
	}
}

func (b *browser) wantNoButtons() {
	b.Helper()
	if names := b.buttons(); len(names) != 0 {
		b.Errorf("buttons %q on a checkout that is over, want none", names)
	}
}
