package stripetest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// invalidRequest is a request that Stripe rejects. Its text may contain the placeholders of checkRejected.
type invalidRequest struct {
	request string
	status  int
	code    any // nil for an error without a code
}

// checkRejected checks that requests are rejected with the same status and code as by Stripe.
func checkRejected(t *testing.T, requests []invalidRequest) {
	t.Helper()
	c := newClient(t, stripetest.V2023)
	customer, deleted := c.newCustomer(), c.newCustomer()
	c.Delete(deleted)
	placeholders := strings.NewReplacer(
		"{customer}", customer,
		"{deleted}", deleted,
		"{subscription}", c.Subscribe(customer),
		"{session}", "mode=subscription&success_url=https://x&line_items[0][quantity]=1",
		"{price}", "&line_items[0][price]=price_1",
		"{new price}", "&line_items[0][price_data][currency]=usd",
	)
	for _, want := range requests {
		status, e, _ := c.do(placeholders.Replace(want.request))
		if status != want.status || e["code"] != want.code {
			t.Errorf("%s: status %d and code %v, want %d and %v",
				want.request, status, e["code"], want.status, want.code)
		}
		if e["message"] == "" || e["type"] != "invalid_request_error" {
			t.Errorf("%s: the error needs a message and type invalid_request_error: %v", want.request, e)
		}
	}
}

func TestInvalidRequests(t *testing.T) {
	checkRejected(t, []invalidRequest{
		{"GET /v1/customers/cus_0", 404, "resource_missing"},
		{"POST /v1/customers invented=1", 400, "parameter_unknown"},
		{"POST /v1/customers metadata=1", 400, "parameter_unknown"},
		{"POST /v1/customers?metadata[user]=1", 400, nil},
		{"POST /v1/customers metadata[user]=", 400, "parameter_invalid_empty"},
		{"POST /v1/customers metadata[user]=1&metadata[user]=2", 400, nil},
		{"GET /v1/customers/search", 400, "parameter_missing"},
		{"GET /v1/customers/search?query=name:'Ada'", 400, nil},
		{"GET /v1/subscriptions?customer=cus_0", 400, "resource_missing"},
		{"GET /v1/subscriptions?customer=", 400, "parameter_invalid_empty"},
		{"GET /v1/subscriptions?limit=101", 400, "parameter_invalid_integer"},
		{"GET /v1/subscriptions?starting_after=sub_0", 400, "resource_missing"},
		{"POST /v1/subscriptions/sub_0 cancel_at_period_end=true", 404, "resource_missing"},
		{"POST /v1/subscriptions/{subscription} cancel_at_period_end=yes", 400, nil},
		{"POST /v1/subscriptions/{subscription} cancel_at=1", 400, nil},
		{"POST /v1/subscriptions/{subscription} cancel_at=&cancel_at_period_end=true", 400, nil},
		{"POST /v1/billing_portal/sessions return_url=https://x", 400, "parameter_missing"},
		{"POST /v1/billing_portal/sessions customer={deleted}", 400, "resource_missing"},
	})
}

func TestInvalidCheckoutSessions(t *testing.T) {
	const create = "POST /v1/checkout/sessions "
	checkRejected(t, []invalidRequest{
		{"GET /v1/checkout/sessions?customer={deleted}", 400, "resource_missing"},
		{"POST /v1/checkout/sessions/cs_0/expire", 400, "resource_missing"},
		{create + "{session}{price}", 400, "parameter_missing"},
		{create + "{session}{price}&customer={deleted}", 400, "resource_missing"},
		{create + "{session}&customer={customer}", 400, nil},
		{create + "{session}&line_items[0][price]=price_2&customer={customer}", 400, "resource_missing"},
		{create + "{session}{price}{new price}&customer={customer}", 400, nil},
		{create + "{session}{new price}&customer={customer}", 400, "parameter_missing"},
		{
			create + "mode=payment&success_url=https://x&line_items[0][quantity]=1{price}&customer={customer}",
			400, nil,
		},
		{create + "{session}{price}&expires_at=1772368199&customer={customer}", 400, nil}, // a second too early
		{create + "{session}{price}&expires_at=1772452801&customer={customer}", 400, nil}, // a second too late
		{create + "{session}{price}&expires_at=soon&customer={customer}", 400, "parameter_invalid_integer"},
	})
}

func TestUnknownRoutes(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	for _, request := range []string{"GET /v1/invented", "DELETE /v1/prices/price_pro"} {
		status, e, _ := c.do(request)
		if status != http.StatusNotFound || e["code"] != nil || e["type"] != "invalid_request_error" {
			t.Errorf("%s: status %d and error %v, want 404 invalid_request_error without a code", request, status, e)
		}
	}
	if n := c.Calls()["unknown"]; n != 2 {
		t.Errorf("%d requests counted as unknown, want 2", n)
	}
}

func TestKeyAndFormAreRequired(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	for _, test := range []struct {
		header, value string
		want          int
	}{
		{"Authorization", "Bearer sk_test_2", http.StatusUnauthorized},
		{"Authorization", "", http.StatusUnauthorized},
		{"Authorization", secretKey, http.StatusUnauthorized},
		{"Content-Type", "application/json", http.StatusBadRequest},
		{"X-Other", "1", http.StatusOK},
	} {
		r := httptest.NewRequest("POST", "/v1/customers", nil)
		r.Header = http.Header{
			"Authorization": {"Bearer " + secretKey},
			"Content-Type":  {"application/x-www-form-urlencoded"},
		}
		r.Header.Set(test.header, test.value)
		if got, o, _ := c.send(r); got != test.want {
			t.Errorf("%s %q: status = %d, want %d: %v", test.header, test.value, got, test.want, o)
		}
	}
}
