package stripetest

import (
	"encoding/json"
	"net/http"
)

// Fault is how requests go wrong on purpose.
type Fault struct {
	Route string // as in Calls; "" for every route
	Times int    // that it happens; 0 until Mend

	Status int    // is answered instead of working; a 500 is kept under the request's idempotency key, as Stripe does
	Code   string // of the error that is answered
	Body   string // instead of an error in Stripe's form
	Hang   bool   // does not answer at all
	Lost   bool   // works, and cuts the connection instead of answering
}

// Break lets requests go wrong, those that earlier faults leave.
func (s *Stripe) Break(f Fault) {
	defer s.lock()()
	s.faults = append(s.faults, &f)
}

// Mend ends all faults.
func (s *Stripe) Mend() {
	defer s.lock()()
	s.faults = nil
}

// fault is what happens to the next request to a route.
func (s *Stripe) fault(route string) Fault {
	defer s.lock()()
	for i, f := range s.faults {
		if f.Route != "" && f.Route != route {
			continue
		}
		happens := *f
		if f.Times--; f.Times == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		return happens
	}
	return Fault{}
}

func (f Fault) write(w http.ResponseWriter) { f.answer().write(w) }

func (f Fault) answer() answer {
	if f.Body != "" {
		return answer{status: f.Status, body: []byte(f.Body)}
	}
	return refusal{f.Status, "api_error", f.Code, "", "Something went wrong on purpose."}.answer()
}

// refusal is an error of Stripe's (docs.stripe.com/api/errors).
type refusal struct {
	status                     int
	kind, code, param, message string
}

// refuse makes the refusal of a request.
func refuse(status int, code, param, message string) *refusal {
	return &refusal{status, "invalid_request_error", code, param, message}
}

// missing is the refusal of what there is not, named by a parameter: 404 for the one in the path.
func missing(what, id, param string) *refusal {
	status := http.StatusBadRequest
	if param == "id" {
		status = http.StatusNotFound
	}
	return refuse(status, "resource_missing", param, "No such "+what+": '"+id+"'")
}

func (r refusal) answer() answer {
	body := map[string]string{"type": r.kind, "message": r.message}
	for name, value := range map[string]string{"code": r.code, "param": r.param} {
		if value != "" {
			body[name] = value
		}
	}
	raw, err := json.Marshal(map[string]any{"error": body})
	if err != nil {
		panic("stripetest: an error that is no JSON: " + err.Error())
	}
	return answer{status: r.status, body: raw}
}

func (r refusal) write(w http.ResponseWriter) { r.answer().write(w) }
