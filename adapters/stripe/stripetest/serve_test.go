package stripetest_test

import (
	"io"
	"maps"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// A key is answered alike for 24 hours, a failure too, and is not for other parameters.
func TestIdempotencyKeys(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	c.key = "one"
	first, replayed := c.want("POST /v1/customers metadata[user]=1"), func() string {
		_, _, h := c.ask("POST /v1/customers metadata[user]=1")
		return h.Get("Idempotent-Replayed")
	}
	c.now = c.now.Add(24*time.Hour - 1)
	if again := c.want("POST /v1/customers metadata[user]=1"); again["id"] != first["id"] || replayed() != "true" {
		t.Errorf("%v became %v", first, again)
	}
	if status, e, _ := c.ask("POST /v1/customers metadata[user]=2"); status != 400 || e["type"] != "idempotency_error" {
		t.Errorf("%d %v", status, e)
	}
	c.now = c.now.Add(1)
	if again := c.want("POST /v1/customers metadata[user]=1"); again["id"] == first["id"] {
		t.Error("a key is kept for good")
	}
	for status, kept := range map[int]bool{500: true, 503: false, 429: false} {
		c.key += "x"
		c.Break(stripetest.Fault{Status: status, Times: 1})
		if got, _, h := c.ask("POST /v1/customers"); got != status || h.Get("Idempotent-Replayed") != "" {
			t.Errorf("%d instead of %d", got, status)
		}
		if got, _, h := c.ask("POST /v1/customers"); (got == status) != kept || (h.Get("Idempotent-Replayed") == "true") != kept {
			t.Errorf("%d and then %d", status, got)
		}
	}
}

func TestListsArePaged(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	customer := c.want("POST /v1/customers")["id"].(string)
	var made []string
	for range 12 {
		made = append(made, c.Subscribe(customer))
	}
	page := func(query string) (ids []string, more any) {
		list := c.want("GET /v1/subscriptions?customer=" + customer + query)
		for _, o := range list["data"].([]any) {
			ids = append(ids, o.(map[string]any)["id"].(string))
		}
		return ids, list["has_more"]
	}
	if ids, more := page(""); len(ids) != 10 || ids[0] != made[11] || more != true {
		t.Errorf("%v %v", ids, more)
	}
	if ids, more := page("&starting_after=" + made[2]); len(ids) != 2 || ids[1] != made[0] || more != false {
		t.Errorf("%v %v", ids, more)
	}
	if ids, more := page("&limit=12"); len(ids) != 12 || more != false {
		t.Errorf("%v %v", ids, more)
	}
}

func TestFaultsTakeTurns(t *testing.T) {
	c := newClient(t, stripetest.V2023)
	c.Break(stripetest.Fault{Route: "POST /v1/customers", Status: 503, Times: 2})
	c.Break(stripetest.Fault{Status: 429, Times: 1})
	got := map[int]int{}
	for range 5 {
		status, _, _ := c.ask("POST /v1/customers")
		got[status]++
	}
	if want := map[int]int{503: 2, 429: 1, 200: 2}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	c.Break(stripetest.Fault{Status: 503, Body: "<html>"})
	r := httptest.NewRecorder()
	c.ServeHTTP(r, httptest.NewRequest("GET", "/v1/customers/cus_1", nil))
	if body, _ := io.ReadAll(r.Body); string(body) != "<html>" {
		t.Errorf("%s", body)
	}
	c.Mend()
	c.want("POST /v1/customers")
}
