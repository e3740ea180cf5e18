package stripe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"

	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// mock is Stripe's own stripe-mock: it checks requests against the published
// description of the API, and keeps nothing.
var mock = sync.OnceValues(func() (*server.StubServer, error) {
	described, err := excerpt(embedded.OpenAPISpec)
	if err != nil {
		return nil, err
	}
	spec, err := server.LoadSpec(described, "")
	if err != nil {
		return nil, err
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		return nil, err
	}
	return server.NewStubServer(fixtures, spec, false, false)
})

var asked = []string{
	"/v1/customers", "/v1/customers/search", "/v1/customers/{customer}", "/v1/checkout/sessions", "/v1/checkout/sessions/{session}/expire",
	"/v1/subscriptions", "/v1/subscriptions/{subscription_exposed_id}", "/v1/billing_portal/sessions",
}

// excerpt is the part of the description that is asked for, as all of it takes long to read.
func excerpt(spec []byte) ([]byte, error) {
	var whole map[string]json.RawMessage
	var paths map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(spec, &whole), json.Unmarshal(whole["paths"], &paths)); err != nil {
		return nil, err
	}
	maps.DeleteFunc(paths, func(path string, _ json.RawMessage) bool { return !slices.Contains(asked, path) })
	kept, err := json.Marshal(paths)
	whole["paths"] = kept
	short, err2 := json.Marshal(whole)
	return short, errors.Join(err, err2)
}

// mocked is a transport that shows every request to stripe-mock before it goes on.
type mocked struct {
	*testing.T
	url  string
	next http.RoundTripper
	mu   sync.Mutex
	bad  []string
}

func newMocked(t *testing.T, next http.RoundTripper) *mocked {
	t.Helper()
	m, err := mock()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(m.HandleRequest))
	t.Cleanup(s.Close)
	return &mocked{T: t, url: s.URL, next: next}
}

func (m *mocked) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := m.show(r, body); err != nil {
		m.mu.Lock()
		m.bad = append(m.bad, err.Error())
		m.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return m.next.RoundTrip(r)
}

// show fails when stripe-mock refuses a request.
func (m *mocked) show(r *http.Request, body []byte) error {
	shown, err := http.NewRequestWithContext(r.Context(), r.Method, m.url+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	shown.Header = r.Header.Clone()
	resp, err := m.next.RoundTrip(shown)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s %s: %d %s", r.Method, r.URL, body, resp.StatusCode, said)
	}
	return nil
}

// Every request of a whole life is one that Stripe's description of its API knows.
func TestRequestsAreStripes(t *testing.T) {
	for _, sold := range []string{"", price} {
		w := newWorld(t, stripetest.V2025)
		m := newMocked(t, w.config.Transport)
		w.config.Transport, w.config.PriceID = m, sold
		w.Account = open(t, w.config)
		w.live(t)
		for _, bad := range m.bad {
			t.Error(bad)
		}
		if calls := w.company.Calls(); len(calls) != 9 || calls["unknown"] > 0 {
			t.Errorf("not all of the API was asked for: %v", calls)
		}
	}
}

// live asks for everything, in every form.
func (w *world) live(t *testing.T) {
	t.Helper()
	user := newUser(t)
	customer, err := w.Customer(t.Context(), user)
	check(t, err)
	again, err := w.Customer(t.Context(), user)
	check(t, err)
	if again != customer {
		t.Errorf("%s became %s", customer, again)
	}
	w.page(t, customer)
	check(t, w.company.Pay(w.page(t, customer)))
	for _, cancel := range []bool{true, false} {
		check(t, w.CancelAtPeriodEnd(t.Context(), customer, cancel))
	}
	check(t, w.company.CancelInPortal(customer))
	check(t, w.CancelAtPeriodEnd(t.Context(), customer, false))
	if s := w.fetch(t, customer); s.CancelAtPeriodEnd || !s.Live() {
		t.Errorf("after taking it back: %+v", s)
	}
	_, err = w.Portal(t.Context(), customer, "https://app.example/account")
	check(t, err)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The check above can fail.
func TestMockRefuses(t *testing.T) {
	m := newMocked(t, &http.Transport{})
	for request, want := range map[string]bool{
		"POST /v1/customers metadata[user]=1": true, "POST /v1/customers invented=1": false, "POST /v1/checkout/sessions mode=loan": false,
		"GET /v1/subscriptions?status=all": true, "GET /v1/subscriptions?invented=1": false, "GET /v1/invented": false,
	} {
		f := append(strings.Fields(request), "")
		r := httptest.NewRequest(f[0], f[1], nil)
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if err := m.show(r, []byte(f[2])); (err == nil) != want {
			t.Errorf("%s: %v", request, err)
		}
	}
}

// The adapter reads what Stripe's own examples of today look like.
func TestReadsStripesExamples(t *testing.T) {
	w := newWorld(t, stripetest.V2025)
	w.config.BaseURL = newMocked(t, nil).url
	a := open(t, w.config)
	var _ *stripe.Account = a
	s, err := a.Fetch(t.Context(), "cus_1")
	if err != nil || s.Status != "active" || s.ID == "" || s.PeriodStart.IsZero() || s.PeriodEnd.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	for name, ask := range map[string]func() (string, error){
		"Customer": func() (string, error) { return a.Customer(t.Context(), newUser(t)) },
		"Portal":   func() (string, error) { return a.Portal(t.Context(), "cus_1", "https://app.example/account") },
	} {
		if got, err := ask(); err != nil || got == "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
