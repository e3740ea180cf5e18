// Package stripetest is a fake of Stripe for tests: an http.Handler that stores
// customers, checkout sessions and subscriptions in memory. It implements the part
// of the API that Parley calls, with the responses and errors documented at
// docs.stripe.com/api.
//
// A test calls the methods of Stripe to act as a customer or as the owner of the
// account. It reads the webhooks that Stripe would have sent with TakeWebhooks.
package stripetest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// API versions with different objects: since 2025-03-31, the items of a subscription
// contain its period, and the field parent of an invoice contains its subscription.
const (
	V2023 = "2023-10-16"       // a version with the old objects, the one that Parley requests
	V2025 = "2025-03-31.basil" // the first version with the new objects
)

// Config configures a Stripe.
type Config struct {
	Key     string           // the secret key that requests must send
	Secret  string           // signs webhooks
	Price   string           // id of the only existing price, "" for none
	Version string           // API version of all objects in responses and webhooks; default V2023
	Now     func() time.Time // default time.Now
}

// Stripe is a fake Stripe with one account. It is safe for concurrent use.
type Stripe struct {
	config   Config
	mux      *http.ServeMux
	idPrefix string // random part of every id, so that two Stripes never return the same id

	mu            sync.Mutex
	idCount       int
	customers     []*customer
	sessions      []*checkoutSession
	subscriptions []*subscription
	responses     map[string]response // by idempotency key
	calls         map[string]int      // by route
	faults        []*Fault
	outbox        []event // events that TakeWebhooks has not returned yet
}

// New returns a Stripe without customers.
func New(c Config) *Stripe {
	if c.Version == "" {
		c.Version = V2023
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Stripe{
		config:    c,
		mux:       http.NewServeMux(),
		idPrefix:  rand.Text()[:8],
		responses: map[string]response{},
		calls:     map[string]int{},
	}
	for _, r := range routes {
		s.mux.Handle(r.pattern, s.serve(r))
	}
	s.mux.HandleFunc("/", s.serveUnknown)
	return s
}

// ServeHTTP serves the API.
func (s *Stripe) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Calls returns the number of requests to each route, such as "POST /v1/customers".
// Requests to a route that the API does not have are counted as "unknown".
func (s *Stripe) Calls() map[string]int {
	defer s.lock()()
	calls := map[string]int{}
	for route, n := range s.calls {
		calls[route] = n
	}
	return calls
}

func (s *Stripe) countCall(route string) {
	defer s.lock()()
	s.calls[route]++
}

// lock locks mu: defer s.lock()().
func (s *Stripe) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// now returns the current time in whole seconds, the precision of all times in Stripe's API.
func (s *Stripe) now() time.Time { return s.config.Now().UTC().Truncate(time.Second) }

// newID returns a new id with a prefix for the type of the object, such as "cus_".
func (s *Stripe) newID(typePrefix string) string {
	s.idCount++
	return fmt.Sprintf("%s%s%06d", typePrefix, s.idPrefix, s.idCount)
}
