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

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// stripeMock returns Stripe's own stripe-mock server. It validates requests against
// the published OpenAPI specification, and has no state.
var stripeMock = sync.OnceValues(func() (*server.StubServer, error) {
	reduced, err := reduceSpec(embedded.OpenAPISpec)
	if err != nil {
		return nil, err
	}
	spec, err := server.LoadSpec(reduced, "")
	if err != nil {
		return nil, err
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		return nil, err
	}
	return server.NewStubServer(fixtures, spec, false, false)
})

// usedPaths are the paths that the adapter calls.
var usedPaths = []string{
	"/v1/customers",
	"/v1/customers/search",
	"/v1/customers/{customer}",
	"/v1/checkout/sessions",
	"/v1/checkout/sessions/{session}/expire",
	"/v1/subscriptions",
	"/v1/subscriptions/{subscription_exposed_id}",
	"/v1/billing_portal/sessions",
}

// reduceSpec returns the specification with only the used paths, because stripe-mock is slow to load all of it.
func reduceSpec(spec []byte) ([]byte, error) {
	var whole map[string]json.RawMessage
	var paths map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(spec, &whole), json.Unmarshal(whole["paths"], &paths)); err != nil {
		return nil, err
	}
	maps.DeleteFunc(paths, func(path string, _ json.RawMessage) bool { return !slices.Contains(usedPaths, path) })
	kept, errPaths := json.Marshal(paths)
	whole["paths"] = kept
	reduced, err := json.Marshal(whole)
	return reduced, errors.Join(errPaths, err)
}

// validator is a transport that validates every request with stripe-mock before it sends the request on.
type validator struct {
	mockURL string
	next    http.RoundTripper

	mu      sync.Mutex
	invalid []string
}

func newValidator(t *testing.T, next http.RoundTripper) *validator {
	t.Helper()
	mock, err := stripeMock()
	must(t, err)
	s := httptest.NewServer(http.HandlerFunc(mock.HandleRequest))
	t.Cleanup(s.Close)
	return &validator{mockURL: s.URL, next: next}
}

func (v *validator) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := v.validate(r, body); err != nil {
		v.mu.Lock()
		v.invalid = append(v.invalid, err.Error())
		v.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return v.next.RoundTrip(r)
}

// validate fails when stripe-mock rejects the request.
func (v *validator) validate(r *http.Request, body []byte) error {
	address := v.mockURL + r.URL.RequestURI()
	clone, err := http.NewRequestWithContext(r.Context(), r.Method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	clone.Header = r.Header.Clone()
	resp, err := v.next.RoundTrip(clone)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if message, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s %s: %d %s", r.Method, r.URL, body, resp.StatusCode, message)
	}
	return nil
}

// Every request of the adapter is valid in Stripe's specification of the API.
func TestRequestsMatchTheSpecification(t *testing.T) {
	for _, configured := range []string{"", priceID} {
		f := newFixture(t, stripetest.V2025)
		v := newValidator(t, f.config.Transport)
		f.config.Transport, f.config.PriceID = v, configured
		f.reopen(t)
		f.callEveryEndpoint(t)
		for _, request := range v.invalid {
			t.Errorf("stripe-mock rejected a request: %s", request)
		}
		if calls := f.stripe.Calls(); len(calls) != 9 || calls["unknown"] > 0 {
			t.Errorf("calls = %v, want each of the 9 routes", calls)
		}
	}
}

// callEveryEndpoint makes the adapter send every kind of request, with all its variants of parameters.
func (f *fixture) callEveryEndpoint(t *testing.T) {
	t.Helper()
	userID, customer := f.newUserAndCustomer(t)
	again, err := f.Customer(t.Context(), userID)
	must(t, err)
	if again != customer {
		t.Errorf("the second call returned customer %s, want %s as in the first", again, customer)
	}
	f.openCheckout(t, customer)
	must(t, f.stripe.Pay(f.openCheckout(t, customer)))
	for _, cancel := range []bool{true, false} {
		must(t, f.CancelAtPeriodEnd(t.Context(), customer, cancel))
	}
	must(t, f.stripe.CancelInPortal(customer))
	must(t, f.CancelAtPeriodEnd(t.Context(), customer, false))
	if s := f.fetch(t, customer); s.CancelAtPeriodEnd || !s.Live() {
		t.Errorf("after taking the cancellation back: %+v, want a live subscription that continues", s)
	}
	_, err = f.Portal(t.Context(), customer, accountURL)
	must(t, err)
}

// The validator rejects invalid requests.
func TestValidatorRejects(t *testing.T) {
	v := newValidator(t, &http.Transport{})
	for request, valid := range map[string]bool{
		"POST /v1/customers metadata[user]=1":  true,
		"POST /v1/customers invented=1":        false,
		"POST /v1/checkout/sessions mode=loan": false,
		"GET /v1/subscriptions?status=all":     true,
		"GET /v1/subscriptions?invented=1":     false,
		"GET /v1/invented":                     false,
	} {
		fields := append(strings.Fields(request), "")
		r := httptest.NewRequest(fields[0], fields[1], nil)
		r.Header.Set("Authorization", "Bearer "+secretKey)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if err := v.validate(r, []byte(fields[2])); (err == nil) != valid {
			t.Errorf("%s: error %v, want a valid request: %v", request, err, valid)
		}
	}
}

// The adapter can read the example responses of Stripe's current specification.
func TestReadsExampleResponses(t *testing.T) {
	f := newFixture(t, stripetest.V2025)
	f.config.BaseURL = newValidator(t, nil).mockURL
	f.reopen(t)
	s := f.fetch(t, "cus_1")
	if s.Status != "active" || s.ID == "" || s.PeriodStart.IsZero() || s.PeriodEnd.IsZero() {
		t.Errorf("fetched %+v, want an active subscription with an id and a period", s)
	}
	if customer, err := f.Customer(t.Context(), newUserID(t)); err != nil || customer == "" {
		t.Errorf("customer = %q, %v; want an id", customer, err)
	}
	if page, err := f.Portal(t.Context(), "cus_1", accountURL); err != nil || page == "" {
		t.Errorf("portal = %q, %v; want a URL", page, err)
	}
}
