package hostile

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	strangers = " not_authenticated invalid_token"
	faults    = " internal unavailable"
	badBodies = " malformed_body body_too_large unsupported_media_type invalid_request"
)

// contract is every refusal of every operation, as the API's contract has it.
var contract = map[string]string{
	"POST /auth/signup":                 "rate_limited" + faults + badBodies,
	"POST /auth/send-otp":               "rate_limited" + faults + badBodies,
	"POST /auth/verify-otp":             "invalid_otp rate_limited" + faults + badBodies,
	"POST /auth/login":                  "invalid_credentials rate_limited" + faults + badBodies,
	"POST /auth/forgot-password":        "rate_limited" + faults + badBodies,
	"POST /auth/reset-password":         "invalid_otp rate_limited" + faults + badBodies,
	"POST /auth/change-password":        "wrong_password rate_limited" + faults + strangers + badBodies,
	"GET /user/me":                      faults + strangers,
	"PATCH /user/me":                    faults + strangers + badBodies,
	"DELETE /user/me":                   "payments_unavailable" + faults + strangers,
	"GET /chatroom":                     "invalid_request" + faults + strangers,
	"POST /chatroom":                    faults + strangers + badBodies,
	"GET /chatroom/{id}":                "not_found" + faults + strangers,
	"PATCH /chatroom/{id}":              "not_found" + faults + strangers + badBodies,
	"DELETE /chatroom/{id}":             "not_found" + faults + strangers,
	"POST /chatroom/{id}/message":       "not_found idempotency_in_flight idempotency_mismatch overloaded quota_exhausted" + faults + strangers + badBodies,
	"GET /chatroom/{id}/messages":       "not_found invalid_request" + faults + strangers,
	"GET /chatroom/{id}/messages/{mid}": "not_found invalid_request" + faults + strangers,
	"POST /subscribe/pro":               "already_pro rate_limited payments_unavailable" + faults + strangers + badBodies,
	"POST /subscribe/webhook":           "invalid_signature malformed_body body_too_large payments_unavailable" + faults,
	"POST /webhook/stripe":              "invalid_signature malformed_body body_too_large payments_unavailable" + faults,
	"GET /subscribe/status":             faults + strangers,
	"GET /subscription/status":          faults + strangers,
	"POST /subscribe/cancel":            "not_subscribed rate_limited payments_unavailable" + faults + strangers,
	"POST /subscribe/resume":            "not_subscribed rate_limited payments_unavailable" + faults + strangers,
	"POST /subscribe/portal":            "not_subscribed rate_limited payments_unavailable" + faults + strangers + badBodies,
	"POST /subscribe/sync":              "rate_limited payments_unavailable" + faults + strangers,
	"GET /healthz":                      "",
	"GET /readyz":                       "",
}

// The document lists exactly the refusals of the contract.
func TestDocumentedRefusals(t *testing.T) {
	d := parse(t, start(t).OpenAPI())
	documented := map[string][]string{}
	for _, o := range d.operations() {
		documented[o.String()] = slices.Sorted(maps.Keys(o.codes()))
	}
	want := map[string][]string{}
	for op, codes := range contract {
		want[op] = slices.Sorted(slices.Values(strings.Fields(codes)))
	}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("contract (-), document (+):\n%s", diff)
	}
}

// Every refusal of every operation can be had, as it is documented.
func TestEveryRefusal(t *testing.T) {
	d := parse(t, start(t).OpenAPI())
	for _, o := range d.operations() {
		for _, code := range strings.Fields(contract[o.String()]) {
			t.Run(o.String()+" "+code, func(t *testing.T) {
				provoke := provocations[code]
				if provoke == nil {
					t.Fatal("nothing provokes it")
				}
				a := provoke(t, d, o)
				refused(t, o.String(), a, o.codes()[code], code)
				if got, want := a.Get("detail"), o.detail(t, code); got != want {
					t.Errorf("detail %q, documented %q", got, want)
				}
				for name := range o.Responses[a.Get("status")].Headers {
					if a.Header.Get(name) == "" {
						t.Errorf("no %s", name)
					}
				}
			})
		}
	}
}

// Nothing is provoked that no operation answers with.
func TestEveryProvocationIsOfTheContract(t *testing.T) {
	all := strings.Join(slices.Collect(maps.Values(contract)), " ")
	for code := range provocations {
		if !slices.Contains(strings.Fields(all), code) {
			t.Errorf("no operation answers with %s", code)
		}
	}
}

// detail is the example's.
func (o *operation) detail(t *testing.T, code string) string {
	t.Helper()
	var p struct{ Detail string }
	for _, r := range o.Responses {
		if e, ok := r.Content["application/problem+json"].Examples[code]; ok {
			if err := json.Unmarshal(e.Value, &p); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p.Detail
}
