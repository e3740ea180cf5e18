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

const secretKey = "sk_test_1"

// client calls the API of a Stripe without an SDK. Its methods end the test on unexpected errors.
type client struct {
	*testing.T
	*stripetest.Stripe
	now            time.Time
	idempotencyKey string
}

func newClient(t *testing.T, version string) *client {
	c := &client{T: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	c.Stripe = stripetest.New(stripetest.Config{
		Key:     secretKey,
		Secret:  "whsec_1",
		Price:   "price_1",
		Version: version,
		Now:     func() time.Time { return c.now },
	})
	return c
}

type object map[string]any

// do sends a request in the form "METHOD path parameters", where the parameters
// may be missing. It returns the response's status, its object (of an error
// response the error) and its header.
func (c *client) do(request string) (int, object, http.Header) {
	c.Helper()
	fields := append(strings.Fields(request), "")
	r := httptest.NewRequest(fields[0], fields[1], strings.NewReader(fields[2]))
	r.Header.Set("Authorization", "Bearer "+secretKey)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Idempotency-Key", c.idempotencyKey)
	return c.send(r)
}

func (c *client) send(r *http.Request) (int, object, http.Header) {
	c.Helper()
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var o object
	if err := json.NewDecoder(w.Body).Decode(&o); err != nil {
		c.Fatalf("decoding the response to %s %s: %v", r.Method, r.URL, err)
	}
	if e, ok := o["error"].(map[string]any); ok {
		o = e
	}
	return w.Code, o, w.Header()
}

// mustDo is do for a request that must succeed.
func (c *client) mustDo(request string) object {
	c.Helper()
	status, o, _ := c.do(request)
	if status != http.StatusOK {
		c.Fatalf("%s: status = %d, want 200: %v", request, status, o)
	}
	return o
}

func (c *client) newCustomer() (customerID string) {
	c.Helper()
	return c.mustDo("POST /v1/customers metadata[user]=1")["id"].(string)
}
