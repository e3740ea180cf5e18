package stripetest

// Fault is a failure that a test injects.
type Fault struct {
	Route string // as in Calls, such as "POST /v1/customers"; "" for every route
	Times int    // number of requests that fail; 0 for all until ClearFaults

	// Status is the status of the response. The request is not handled. A response with
	// status 500 is stored under the request's idempotency key, as Stripe does.
	Status       int
	Code         string // error code of the response
	Body         string // body of the response; "" for an error in Stripe's format
	Hang         bool   // never responds
	DropResponse bool   // handles the request, then cuts the connection instead of responding
}

// InjectFault makes requests fail. If several faults match a request, the oldest applies.
func (s *Stripe) InjectFault(f Fault) {
	defer s.lock()()
	s.faults = append(s.faults, &f)
}

// ClearFaults removes all faults.
func (s *Stripe) ClearFaults() {
	defer s.lock()()
	s.faults = nil
}

// nextFault returns the fault of the next request to a route. It returns a zero Fault when the request must not fail.
func (s *Stripe) nextFault(route string) Fault {
	defer s.lock()()
	for i, f := range s.faults {
		if f.Route != "" && f.Route != route {
			continue
		}
		next := *f
		f.Times--
		if f.Times == 0 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		return next
	}
	return Fault{}
}

func (f Fault) response() response {
	if f.Body != "" {
		return response{status: f.Status, body: []byte(f.Body)}
	}
	return apiError{
		status:    f.Status,
		errorType: "api_error",
		code:      f.Code,
		message:   "Something went wrong on purpose.",
	}.response()
}
