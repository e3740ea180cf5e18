package stripetest

import (
	"encoding/json"
	"net/http"
	"time"
)

// route is a part of the API. It takes the parameters that it acts on and no
// others; "[]" in their names stands for any index or key.
type route struct {
	pattern string
	needs   []string
	takes   []string
	do      func(s *Stripe, q query) (object, *refusal)
}

var routes = []route{
	{"GET /v1/customers/search", []string{"query"}, []string{"limit"}, (*Stripe).searchCustomers},
	{"POST /v1/customers", nil, []string{"metadata[]"}, (*Stripe).createCustomer},
	{"GET /v1/customers/{id}", nil, nil, (*Stripe).readCustomer},
	{"POST /v1/checkout/sessions", []string{"mode", "customer", "success_url", "line_items[][quantity]"}, []string{
		"cancel_url", "expires_at", "line_items[][price]", "line_items[][price_data][currency]", "line_items[][price_data][unit_amount]",
		"line_items[][price_data][product_data][name]", "line_items[][price_data][recurring][interval]",
	}, (*Stripe).createSession},
	{"GET /v1/checkout/sessions", nil, []string{"customer", "status", "limit", "starting_after"}, (*Stripe).listSessions},
	{"POST /v1/checkout/sessions/{id}/expire", nil, nil, (*Stripe).expireSession},
	{"GET /v1/subscriptions", nil, []string{"customer", "status", "limit", "starting_after"}, (*Stripe).listSubscriptions},
	{"POST /v1/subscriptions/{id}", nil, []string{"cancel_at_period_end", "cancel_at"}, (*Stripe).updateSubscription},
	{"POST /v1/billing_portal/sessions", []string{"customer"}, []string{"return_url"}, (*Stripe).createPortal},
}

// answer is a response as Stripe keeps it under an idempotency key, for 24 hours
// (docs.stripe.com/api/idempotent_requests).
type answer struct {
	request string
	at      time.Time
	status  int
	body    []byte
}

const keyLife = 24 * time.Hour

func (s *Stripe) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.noted(rt.pattern)
		w.Header().Set("Request-Id", "req_"+s.seed)
		fault := s.fault(rt.pattern)
		if fault.Hang {
			<-r.Context().Done()
			return
		}
		if fault.Status != 0 && fault.Status != http.StatusInternalServerError { // before Stripe has begun to work
			fault.write(w)
			return
		}
		a, replayed := s.answer(rt, r, fault)
		if fault.Lost {
			panic(http.ErrAbortHandler) // cuts the connection
		}
		if replayed {
			w.Header().Set("Idempotent-Replayed", "true")
		}
		a.write(w)
	}
}

// answer does what is asked, or repeats what it answered under the request's idempotency key.
func (s *Stripe) answer(rt route, r *http.Request, f Fault) (a answer, replayed bool) {
	if r.Header.Get("Authorization") != "Bearer "+s.config.Key {
		return refuse(http.StatusUnauthorized, "", "", "Invalid API Key provided: "+r.Header.Get("Authorization")).answer(), false
	}
	q, bad := read(rt, r)
	if bad != nil {
		return bad.answer(), false
	}
	defer s.lock()()
	s.settle()
	key, now := r.Header.Get("Idempotency-Key"), s.config.Now()
	request := r.Method + " " + r.URL.Path + "?" + q.form.Encode()
	if kept, ok := s.answers[key]; ok && key != "" && now.Sub(kept.at) < keyLife {
		if kept.request != request {
			return refusal{http.StatusBadRequest, "idempotency_error", "", "", "Keys for idempotent requests can only be used with the same parameters."}.answer(), false
		}
		return kept, true
	}
	a = s.work(rt, q, f)
	a.request, a.at = request, now
	if r.Method == http.MethodPost {
		s.answers[key] = a
	}
	return a, false
}

func (s *Stripe) work(rt route, q query, f Fault) answer {
	if f.Status != 0 {
		return f.answer()
	}
	o, bad := rt.do(s, q)
	if bad != nil {
		return bad.answer()
	}
	body, err := json.Marshal(o)
	if err != nil {
		panic("stripetest: an object that is no JSON: " + err.Error()) // strings, numbers and maps of them always are
	}
	return answer{status: http.StatusOK, body: body}
}

func (a answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client is gone if this fails
}
