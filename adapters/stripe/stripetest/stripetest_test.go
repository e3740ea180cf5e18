package stripetest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

const key = "sk_test_1"

// client speaks to a Stripe, without any SDK.
type client struct {
	*testing.T
	*stripetest.Stripe
	now time.Time
	key string // the idempotency key
}

func newClient(t *testing.T, version string) *client {
	c := &client{T: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	c.Stripe = stripetest.New(stripetest.Config{Key: key, Secret: "whsec_1", Price: "price_1", Version: version, Now: func() time.Time { return c.now }})
	return c
}

type object map[string]any

// ask sends "METHOD path parameters" and returns the answer.
func (c *client) ask(request string) (int, object, http.Header) {
	c.Helper()
	f := append(strings.Fields(request), "")
	r := httptest.NewRequest(f[0], f[1], strings.NewReader(f[2]))
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Idempotency-Key", c.key)
	return c.send(r)
}

func (c *client) send(r *http.Request) (int, object, http.Header) {
	c.Helper()
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var o object
	if err := json.NewDecoder(w.Body).Decode(&o); err != nil {
		c.Fatal(err)
	}
	if e, ok := o["error"].(map[string]any); ok {
		o = e
	}
	return w.Code, o, w.Header()
}

// want asks, and returns what comes with 200.
func (c *client) want(request string) object {
	c.Helper()
	status, o, _ := c.ask(request)
	if status != http.StatusOK {
		c.Fatalf("%s: %d %v", request, status, o)
	}
	return o
}

const session = "mode=subscription&success_url=https://x&line_items[0][quantity]=1"

// What the real one refuses is refused, with its status and code.
func TestRefuses(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	customer := c.want("POST /v1/customers metadata[user]=1")["id"].(string)
	gone := c.want("POST /v1/customers")["id"].(string)
	c.Delete(gone)
	priced := "&line_items[0][price]=price_1"
	for request, want := range map[string]struct {
		status int
		code   any
	}{
		"GET /v1/invented":                                                                             {404, nil},
		"DELETE /v1/customers/" + customer:                                                             {404, nil},
		"GET /v1/customers/cus_0":                                                                      {404, "resource_missing"},
		"POST /v1/customers invented=1":                                                                {400, "parameter_unknown"},
		"POST /v1/customers metadata=1":                                                                {400, "parameter_unknown"},
		"POST /v1/customers?metadata[user]=1":                                                          {400, nil},
		"POST /v1/customers metadata[user]=":                                                           {400, "parameter_invalid_empty"},
		"POST /v1/customers metadata[user]=1&metadata[user]=2":                                         {400, nil},
		"GET /v1/customers/search":                                                                     {400, "parameter_missing"},
		"GET /v1/customers/search?query=name:'Ada'":                                                    {400, nil},
		"GET /v1/subscriptions?customer=cus_0":                                                         {400, "resource_missing"},
		"GET /v1/subscriptions?customer=":                                                              {400, "parameter_invalid_empty"},
		"GET /v1/subscriptions?limit=101":                                                              {400, "parameter_invalid_integer"},
		"GET /v1/subscriptions?starting_after=sub_0":                                                   {400, "resource_missing"},
		"GET /v1/checkout/sessions?customer=" + gone:                                                   {400, "resource_missing"},
		"POST /v1/subscriptions/sub_0 cancel_at_period_end=true":                                       {404, "resource_missing"},
		"POST /v1/checkout/sessions/cs_0/expire":                                                       {400, "resource_missing"},
		"POST /v1/checkout/sessions " + session + priced:                                               {400, "parameter_missing"},
		"POST /v1/checkout/sessions " + session + priced + "&customer=" + gone:                         {400, "resource_missing"},
		"POST /v1/checkout/sessions " + session + "&customer=" + customer:                              {400, nil},
		"POST /v1/checkout/sessions " + session + "&line_items[0][price]=price_2&customer=" + customer: {400, "resource_missing"},
		"POST /v1/checkout/sessions " + session + priced + "&line_items[0][price_data][currency]=usd&customer=" + customer:        {400, nil},
		"POST /v1/checkout/sessions " + session + "&line_items[0][price_data][currency]=usd&customer=" + customer:                 {400, "parameter_missing"},
		"POST /v1/checkout/sessions " + strings.Replace(session, "subscription", "payment", 1) + priced + "&customer=" + customer: {400, nil},
		"POST /v1/checkout/sessions " + session + priced + "&expires_at=1772368199&customer=" + customer:                          {400, nil}, // a second too soon
		"POST /v1/checkout/sessions " + session + priced + "&expires_at=1772452801&customer=" + customer:                          {400, nil}, // too late
		"POST /v1/checkout/sessions " + session + priced + "&expires_at=soon&customer=" + customer:                                {400, "parameter_invalid_integer"},
		"POST /v1/billing_portal/sessions return_url=https://x":                                                                   {400, "parameter_missing"},
		"POST /v1/billing_portal/sessions customer=" + gone:                                                                       {400, "resource_missing"},
		"POST /v1/subscriptions/" + c.Subscribe(customer) + " cancel_at_period_end=yes":                                           {400, nil},
		"POST /v1/subscriptions/" + c.Subscribe(customer) + " cancel_at=1":                                                        {400, nil},
		"POST /v1/subscriptions/" + c.Subscribe(customer) + " cancel_at=&cancel_at_period_end=true":                               {400, nil},
	} {
		if status, e, _ := c.ask(request); status != want.status || e["code"] != want.code || e["message"] == "" || e["type"] != "invalid_request_error" {
			t.Errorf("%s: %d %v", request, status, e)
		}
	}
	if n := c.Calls()["unknown"]; n != 2 {
		t.Errorf("%d unknown requests", n)
	}
}

func TestNeedsItsKeyAndAForm(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	for header, status := range map[[2]string]int{
		{"Authorization", "Bearer sk_test_2"}: 401, {"Authorization", ""}: 401, {"Authorization", key}: 401, {"Content-Type", "application/json"}: 400, {"X-Other", "1"}: 200,
	} {
		r := httptest.NewRequest("POST", "/v1/customers", nil)
		r.Header = http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/x-www-form-urlencoded"}}
		r.Header.Set(header[0], header[1])
		if got, o, _ := c.send(r); got != status {
			t.Errorf("%q: %d %v", header, got, o)
		}
	}
}

// The two API versions put the period and an invoice's subscription in different places.
func TestVersionsDiffer(t *testing.T) {
	for version, old := range map[string]bool{stripetest.V2023: true, stripetest.V2025: false} {
		c := newClient(t, version)
		c.Subscribe(c.want("POST /v1/customers")["id"].(string))
		for _, h := range c.Take() {
			var e struct {
				APIVersion string `json:"api_version"`
				Data       struct {
					Object struct {
						End          int64           `json:"current_period_end"`
						Subscription string          `json:"subscription"`
						Parent       json.RawMessage `json:"parent"`
						Items        struct{ Data []map[string]any }
					}
				}
			}
			if err := json.Unmarshal(h.Payload, &e); err != nil || e.APIVersion != version {
				t.Fatal(err, e.APIVersion)
			}
			o := e.Data.Object
			switch h.Type {
			case "customer.subscription.created":
				if (o.End > 0) != old || (o.Items.Data[0]["current_period_end"] == nil) != old {
					t.Errorf("%s: %s", version, h.Payload)
				}
			case "invoice.paid":
				if (o.Subscription != "") != old || (o.Parent == nil) != old {
					t.Errorf("%s: %s", version, h.Payload)
				}
			}
		}
	}
}
