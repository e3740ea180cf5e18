package hostile

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Error codes that many operations have in common.
const (
	tokenErrors   = " not_authenticated invalid_token rate_limited"
	serverErrors  = " internal unavailable"
	askErrors     = " not_found idempotency_in_flight idempotency_mismatch rate_limited overloaded quota_exhausted"
	bodyErrors    = " malformed_body body_too_large unsupported_media_type invalid_request"
	paymentErrors = " rate_limited payments_unavailable"
	webhookErrors = " invalid_signature malformed_body body_too_large unsupported_media_type payments_unavailable"
)

// contract lists the error codes with which the API may refuse each operation.
var contract = map[string]string{
	"POST /auth/signup":          "rate_limited" + serverErrors + bodyErrors,
	"POST /auth/send-otp":        "rate_limited" + serverErrors + bodyErrors,
	"POST /auth/verify-otp":      "invalid_otp rate_limited" + serverErrors + bodyErrors,
	"POST /auth/login":           "invalid_credentials rate_limited" + serverErrors + bodyErrors,
	"POST /auth/forgot-password": "rate_limited" + serverErrors + bodyErrors,
	"POST /auth/reset-password":  "invalid_otp rate_limited" + serverErrors + bodyErrors,
	"POST /auth/logout":          serverErrors + tokenErrors,
	"POST /auth/refresh":         "invalid_token rate_limited" + serverErrors + bodyErrors,
	"GET /auth/sessions":         serverErrors + tokenErrors,
	"DELETE /auth/sessions":      serverErrors + tokenErrors,
	"DELETE /auth/sessions/{id}": "not_found" + serverErrors + tokenErrors,
	"POST /auth/change-password": "wrong_password recent_login_required rate_limited" +
		serverErrors + tokenErrors + bodyErrors,
	"POST /auth/change-number": "recent_login_required rate_limited" + serverErrors + tokenErrors + bodyErrors,
	"POST /auth/change-number/verify": "invalid_otp recent_login_required rate_limited" +
		serverErrors + tokenErrors + bodyErrors,

	"GET /user/me":        serverErrors + tokenErrors,
	"PATCH /user/me":      serverErrors + tokenErrors + bodyErrors,
	"GET /user/me/export": "recent_login_required rate_limited" + serverErrors + tokenErrors,
	"DELETE /user/me":     "recent_login_required" + serverErrors + tokenErrors,

	"GET /chatroom":         "invalid_request" + serverErrors + tokenErrors,
	"POST /chatroom":        serverErrors + tokenErrors + bodyErrors,
	"GET /chatroom/{id}":    "not_found" + serverErrors + tokenErrors,
	"PATCH /chatroom/{id}":  "not_found" + serverErrors + tokenErrors + bodyErrors,
	"DELETE /chatroom/{id}": "not_found" + serverErrors + tokenErrors,

	"POST /chatroom/{id}/message":       "" + askErrors + serverErrors + tokenErrors + bodyErrors,
	"GET /chatroom/{id}/messages":       "not_found invalid_request" + serverErrors + tokenErrors,
	"GET /chatroom/{id}/messages/{mid}": "not_found invalid_request" + serverErrors + tokenErrors,
	"PATCH /chatroom/{id}/messages/{mid}": "not_editable" + askErrors +
		serverErrors + tokenErrors + bodyErrors,
	"POST /chatroom/{id}/messages/{mid}/retry": "not_retryable invalid_request" + askErrors +
		serverErrors + tokenErrors,
	"POST /chatroom/{id}/messages/{mid}/cancel":  "not_found not_cancellable" + serverErrors + tokenErrors,
	"GET /chatroom/{id}/messages/{mid}/versions": "not_found invalid_request" + serverErrors + tokenErrors,

	"GET /chatroom/{id}/events": "not_found invalid_request" + serverErrors + tokenErrors,
	"GET /events":               "invalid_request" + serverErrors + tokenErrors,

	"GET /search": "invalid_request rate_limited overloaded" + serverErrors + tokenErrors,

	"POST /subscribe/pro":      "already_pro" + paymentErrors + serverErrors + tokenErrors + bodyErrors,
	"POST /subscribe/cancel":   "not_subscribed" + paymentErrors + serverErrors + tokenErrors,
	"POST /subscribe/resume":   "not_subscribed" + paymentErrors + serverErrors + tokenErrors,
	"POST /subscribe/portal":   "not_subscribed" + paymentErrors + serverErrors + tokenErrors + bodyErrors,
	"POST /subscribe/sync":     paymentErrors + serverErrors + tokenErrors,
	"GET /subscribe/status":    serverErrors + tokenErrors,
	"GET /subscription/status": serverErrors + tokenErrors,
	"POST /subscribe/webhook":  webhookErrors + serverErrors,
	"POST /webhook/stripe":     webhookErrors + serverErrors,

	"GET /healthz": "",
	"GET /readyz":  "",
}

func TestTheDocumentListsExactlyTheRefusalsOfTheContract(t *testing.T) {
	documented := map[string][]string{}
	for _, o := range start(t).operations() {
		documented[o.String()] = slices.Sorted(maps.Keys(o.errorCodes()))
	}
	want := map[string][]string{}
	for operation, codes := range contract {
		want[operation] = slices.Compact(slices.Sorted(slices.Values(strings.Fields(codes))))
	}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("the document differs from the contract (-contract +document):\n%s", diff)
	}
}

func TestEveryRefusalOfTheContractOccursAsDocumented(t *testing.T) {
	for _, o := range start(t).operations() {
		for _, code := range strings.Fields(contract[o.String()]) {
			t.Run(o.String()+" "+code, func(t *testing.T) {
				refuse := refusalExamples[code]
				if refuse == nil {
					t.Fatalf("refusalExamples has no example for %s", code)
				}
				r := refuse(t, o)
				wantProblem(t, o.String(), r, o.errorCodes()[code], code)
				detail, documented := withoutTimes(r.Field("detail")), o.documentedDetails(code)
				if !slices.Contains(documented, detail) {
					t.Errorf("detail of the error = %q, want one of the documented %q", detail, documented)
				}
				for name := range o.Responses[r.Field("status")].Headers {
					if r.Header.Get(name) == "" {
						t.Errorf("the response has no header %s, which is documented", name)
					}
				}
			})
		}
	}
}

func TestEveryRefusalExampleBelongsToTheContract(t *testing.T) {
	codes := strings.Fields(strings.Join(slices.Collect(maps.Values(contract)), " "))
	for code := range refusalExamples {
		if !slices.Contains(codes, code) {
			t.Errorf("refusalExamples has an example for %s, but the contract does not contain this code", code)
		}
	}
}

var timesInDetails = regexp.MustCompile(
	`\d{4}-\d{2}-\d{2}T00:00:00Z|\d+ (hour|minute|second)s?( and \d+ minutes?)?`)

// withoutTimes returns a detail with a word in place of its dates and durations, which depend
// on the time of the request.
func withoutTimes(detail string) string { return timesInDetails.ReplaceAllString(detail, "TIME") }

// documentedDetails returns the details in the examples of an error code, withoutTimes.
func (o *operation) documentedDetails(code string) (details []string) {
	for _, r := range o.Responses {
		for _, e := range r.Content["application/problem+json"].Examples {
			if e.Value.Code == code {
				details = append(details, withoutTimes(e.Value.Detail))
			}
		}
	}
	return details
}

// A message can be refused for two kinds of overload, whose waits are minutes and hours.
func TestTheDocumentHasAnExampleOfEachOverload(t *testing.T) {
	for _, o := range start(t).operations() {
		if !o.hasParameter("Idempotency-Key") {
			continue
		}
		r := o.Responses["503"]
		examples := r.Content["application/problem+json"].Examples
		for name, want := range map[string]string{
			"overloaded":                "in a few minutes",
			"overloaded_until_midnight": "tomorrow",
		} {
			if p := examples[name].Value; p.Code != "overloaded" || !strings.Contains(p.Detail, want) {
				t.Errorf("%s: the example %s is %+v, want an overload with %q", o, name, p, want)
			}
			if _, exists := r.Headers["Retry-After"].Examples[name]; !exists {
				t.Errorf("%s: Retry-After has no example %s", o, name)
			}
		}
	}
}
