package stripetest

import (
	"encoding/json"
	"net/http"
	"time"
)

// route is an endpoint of the API with the parameters that it supports. A request with
// another parameter is an error. "[]" in a parameter stands for any index or key.
type route struct {
	pattern  string
	required []string
	optional []string
	handle   func(s *Stripe, r request) (object, *apiError)
}

var listParams = []string{"customer", "status", "limit", "starting_after"}

var routes = []route{
	{
		pattern:  "GET /v1/customers/search",
		required: []string{"query"},
		optional: []string{"limit"},
		handle:   (*Stripe).searchCustomers,
	},
	{
		pattern:  "POST /v1/customers",
		optional: []string{"metadata[]"},
		handle:   (*Stripe).createCustomer,
	},
	{
		pattern: "GET /v1/customers/{id}",
		handle:  (*Stripe).readCustomer,
	},
	{
		pattern: "DELETE /v1/customers/{id}",
		handle:  (*Stripe).deleteCustomer,
	},
	{
		pattern:  "POST /v1/checkout/sessions",
		required: []string{"mode", "customer", "success_url", "line_items[][quantity]"},
		optional: []string{
			"cancel_url",
			"expires_at",
			"line_items[][price]",
			"line_items[][price_data][currency]",
			"line_items[][price_data][unit_amount]",
			"line_items[][price_data][product_data][name]",
			"line_items[][price_data][recurring][interval]",
		},
		handle: (*Stripe).createSession,
	},
	{
		pattern:  "GET /v1/checkout/sessions",
		optional: listParams,
		handle:   (*Stripe).listSessions,
	},
	{
		pattern: "POST /v1/checkout/sessions/{id}/expire",
		handle:  (*Stripe).expireSession,
	},
	{
		pattern:  "GET /v1/subscriptions",
		optional: listParams,
		handle:   (*Stripe).listSubscriptions,
	},
	{
		pattern:  "POST /v1/subscriptions/{id}",
		optional: []string{"cancel_at_period_end", "cancel_at"},
		handle:   (*Stripe).updateSubscription,
	},
	{
		pattern:  "POST /v1/billing_portal/sessions",
		required: []string{"customer"},
		optional: []string{"return_url"},
		handle:   (*Stripe).createPortalSession,
	},
}

// response is a response. It is stored under the idempotency key of its request for
// idempotencyKeyTTL.
type response struct {
	request string // method, path and parameters of the request
	at      time.Time
	status  int
	body    []byte
}

// idempotencyKeyTTL is how long Stripe replays a response (docs.stripe.com/api/idempotent_requests).
const idempotencyKeyTTL = 24 * time.Hour

// serve returns the handler of a route. The handler applies the injected faults.
func (s *Stripe) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.countCall(rt.pattern)
		w.Header().Set("Request-Id", "req_"+s.idPrefix)
		fault := s.nextFault(rt.pattern)
		if fault.Hang {
			<-r.Context().Done()
			return
		}
		if fault.Status != 0 && fault.Status != http.StatusInternalServerError { // fails before the request is handled
			fault.response().write(w)
			return
		}
		resp, replayed := s.respond(rt, r, fault)
		if fault.DropResponse {
			panic(http.ErrAbortHandler) // cuts the connection
		}
		if replayed {
			w.Header().Set("Idempotent-Replayed", "true")
		}
		resp.write(w)
	}
}

// serveUnknown responds to a request whose path the API does not have.
func (s *Stripe) serveUnknown(w http.ResponseWriter, r *http.Request) {
	s.countCall("unknown")
	message := "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + ")."
	invalidRequest(http.StatusNotFound, "", "", message).response().write(w)
}

// respond handles a request, or replays the response that is stored under its idempotency key.
func (s *Stripe) respond(rt route, r *http.Request, f Fault) (resp response, replayed bool) {
	if auth := r.Header.Get("Authorization"); auth != "Bearer "+s.config.Key {
		return invalidRequest(http.StatusUnauthorized, "", "", "Invalid API Key provided: "+auth).response(), false
	}
	req, apiErr := parseRequest(rt, r)
	if apiErr != nil {
		return apiErr.response(), false
	}
	defer s.lock()()
	s.applyDue()
	key, now := r.Header.Get("Idempotency-Key"), s.config.Now()
	text := r.Method + " " + r.URL.Path + "?" + req.params.Encode()
	if stored, ok := s.responses[key]; ok && key != "" && now.Sub(stored.at) < idempotencyKeyTTL {
		if stored.request != text {
			return keyReused.response(), false
		}
		return stored, true
	}
	resp = s.handle(rt, req, f)
	resp.request, resp.at = text, now
	if r.Method == http.MethodPost {
		s.responses[key] = resp
	}
	return resp, false
}

var keyReused = apiError{
	status:    http.StatusBadRequest,
	errorType: "idempotency_error",
	message:   "Keys for idempotent requests can only be used with the same parameters.",
}

// handle handles a request unless the fault is a 500.
func (s *Stripe) handle(rt route, r request, f Fault) response {
	if f.Status != 0 {
		return f.response()
	}
	o, apiErr := rt.handle(s, r)
	if apiErr != nil {
		return apiErr.response()
	}
	body, err := json.Marshal(o)
	if err != nil {
		panic("stripetest: encoding a response: " + err.Error()) // impossible: it has only strings, numbers and maps
	}
	return response{status: http.StatusOK, body: body}
}

func (r response) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // an error means that the client has closed the connection
}
