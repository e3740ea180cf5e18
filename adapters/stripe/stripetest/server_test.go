package stripetest_test

import (
	"io"
	"maps"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// For 24 hours a key returns the stored response, and rejects other parameters.
func TestIdempotencyKeys(t *testing.T) {
	const create = "POST /v1/customers metadata[user]=1"
	c := newClient(t, stripetest.V2023)
	c.idempotencyKey = "one"
	first := c.mustDo(create)
	c.now = c.now.Add(24*time.Hour - 1)
	if status, o, h := c.do(create); status != 200 || o["id"] != first["id"] || h.Get("Idempotent-Replayed") != "true" {
		t.Errorf("within 24 hours: status %d and object %v, want a replay of %v", status, o, first)
	}
	if status, e, _ := c.do("POST /v1/customers metadata[user]=2"); status != 400 || e["type"] != "idempotency_error" {
		t.Errorf("with other parameters: status %d and error %v, want 400 idempotency_error", status, e)
	}
	c.now = c.now.Add(1)
	if o := c.mustDo(create); o["id"] == first["id"] {
		t.Error("the response is still replayed after 24 hours")
	}
}

// A 500 is stored under the key like a success. Errors that occur before Stripe handles the request are not.
func TestErrorsUnderIdempotencyKeys(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	for status, stored := range map[int]bool{500: true, 503: false, 429: false} {
		c.idempotencyKey += "x"
		c.InjectFault(stripetest.Fault{Status: status, Times: 1})
		if got, _, h := c.do("POST /v1/customers"); got != status || h.Get("Idempotent-Replayed") != "" {
			t.Errorf("first request: status = %d, want %d, not replayed", got, status)
		}
		got, _, h := c.do("POST /v1/customers")
		if (got == status) != stored || (h.Get("Idempotent-Replayed") == "true") != stored {
			t.Errorf("second request: status = %d after a %d, replay wanted: %v", got, status, stored)
		}
	}
}

func TestListsArePaginated(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	customer := c.newCustomer()
	var subscriptions []string
	for range 12 {
		subscriptions = append(subscriptions, c.Subscribe(customer))
	}
	page := func(query string) (ids []string, hasMore any) {
		list := c.mustDo("GET /v1/subscriptions?customer=" + customer + query)
		for _, o := range list["data"].([]any) {
			ids = append(ids, o.(map[string]any)["id"].(string))
		}
		return ids, list["has_more"]
	}
	if ids, hasMore := page(""); len(ids) != 10 || ids[0] != subscriptions[11] || hasMore != true {
		t.Errorf("first page: %v, has_more %v; want the 10 newest, and more", ids, hasMore)
	}
	ids, hasMore := page("&starting_after=" + subscriptions[2])
	if len(ids) != 2 || ids[1] != subscriptions[0] || hasMore != false {
		t.Errorf("last page: %v, has_more %v; want the 2 oldest, and no more", ids, hasMore)
	}
	if ids, hasMore := page("&limit=12"); len(ids) != 12 || hasMore != false {
		t.Errorf("limit 12: %v, has_more %v; want all 12, and no more", ids, hasMore)
	}
}

// Of two faults the older one applies first. Each ends after its number of requests.
func TestFaultsApplyInOrder(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	c.InjectFault(stripetest.Fault{Route: "POST /v1/customers", Status: 503, Times: 2})
	c.InjectFault(stripetest.Fault{Status: 429, Times: 1})
	got := map[int]int{}
	for range 5 {
		status, _, _ := c.do("POST /v1/customers")
		got[status]++
	}
	if want := map[int]int{503: 2, 429: 1, 200: 2}; !maps.Equal(got, want) {
		t.Errorf("count of each status = %v, want %v", got, want)
	}
	c.InjectFault(stripetest.Fault{Status: 503, Body: "<html>"})
	r := httptest.NewRecorder()
	c.ServeHTTP(r, httptest.NewRequest("GET", "/v1/customers/cus_1", nil))
	if body, _ := io.ReadAll(r.Body); string(body) != "<html>" {
		t.Errorf("body = %q, want the fault's body", body)
	}
	c.ClearFaults()
	c.mustDo("POST /v1/customers")
}
