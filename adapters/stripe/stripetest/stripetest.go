// Package stripetest is a Stripe for tests: an http.Handler that keeps customers,
// checkout sessions and subscriptions, and speaks the part of the API that Parley
// asks for, in the words and with the refusals of docs.stripe.com/api. What people
// and time do are methods of Stripe; what it tells webhooks waits in Take.
package stripetest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// API versions whose objects differ: since 2025-03-31 a period is the items', and
// an invoice names its subscription in its parent.
const (
	V2023 = "2023-10-16"
	V2025 = "2025-03-31.basil"
)

// Config is what a Stripe needs to know.
type Config struct {
	Key     string           // that requests must bear
	Secret  string           // signs webhooks
	Price   string           // the id of the only price there is, "" for none
	Version string           // of all objects, in answers and webhooks; V2023 when empty
	Now     func() time.Time // nil for the machine's clock
}

// Stripe is the company, with one account. It is safe for parallel use.
type Stripe struct {
	config Config
	mux    *http.ServeMux
	seed   string

	mu        sync.Mutex
	named     int
	customers []*customer
	sessions  []*session
	contracts []*contract
	answers   map[string]answer // by idempotency key
	calls     map[string]int    // by route
	faults    []*Fault
	outbox    []event
}

// New returns a Stripe without customers.
func New(c Config) *Stripe {
	if c.Version == "" {
		c.Version = V2023
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Stripe{config: c, mux: http.NewServeMux(), seed: rand.Text()[:8], answers: map[string]answer{}, calls: map[string]int{}}
	for _, r := range routes {
		s.mux.Handle(r.pattern, s.serve(r))
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.noted("unknown")
		refuse(http.StatusNotFound, "", "", "Unrecognized request URL ("+r.Method+": "+r.URL.Path+").").write(w)
	})
	return s
}

// ServeHTTP is the API.
func (s *Stripe) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Calls counts the requests to each route so far, such as "POST /v1/customers";
// those to any other are "unknown".
func (s *Stripe) Calls() map[string]int {
	defer s.lock()()
	calls := map[string]int{}
	for route, n := range s.calls {
		calls[route] = n
	}
	return calls
}

func (s *Stripe) noted(route string) {
	defer s.lock()()
	s.calls[route]++
}

func (s *Stripe) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// now is cut to seconds, like all of Stripe's times.
func (s *Stripe) now() time.Time { return s.config.Now().UTC().Truncate(time.Second) }

// name returns a new id, unlike those of any other Stripe.
func (s *Stripe) name(prefix string) string {
	s.named++
	return fmt.Sprintf("%s%s%06d", prefix, s.seed, s.named)
}
