package stripetest

import (
	"net/http"
	"regexp"
	"time"
)

// customer is a customer of the account. A deleted customer stays in the list, as in Stripe.
type customer struct {
	id        string
	metadata  map[string]string
	createdAt time.Time
	deleted   bool
	cardFails bool // the next renewal cannot be paid
}

// object is an API object in JSON.
type object map[string]any

func (c *customer) object() object {
	if c.deleted {
		return object{"id": c.id, "object": "customer", "deleted": true}
	}
	return object{
		"id":       c.id,
		"object":   "customer",
		"created":  c.createdAt.Unix(),
		"metadata": c.metadata,
		"livemode": false,
		"email":    nil,
	}
}

func (s *Stripe) createCustomer(r request) (object, *apiError) {
	c := &customer{id: s.newID("cus_"), metadata: map[string]string{}, createdAt: s.now()}
	for param := range r.params {
		c.metadata[param[len("metadata["):len(param)-1]] = r.get(param)
	}
	s.customers = append(s.customers, c)
	s.emit("customer.created", c.object())
	return c.object(), nil
}

func (s *Stripe) readCustomer(r request) (object, *apiError) {
	for _, c := range s.customers {
		if c.id == r.id {
			return c.object(), nil
		}
	}
	return nil, noSuch("customer", r.id, "id")
}

// deleteCustomer fails for a customer that was deleted before.
func (s *Stripe) deleteCustomer(r request) (object, *apiError) {
	c, apiErr := s.customer(r.id)
	if apiErr != nil {
		return nil, noSuch("customer", r.id, "id")
	}
	s.delete(c)
	return c.object(), nil
}

// delete deletes a customer, which ends the customer's subscriptions.
func (s *Stripe) delete(c *customer) {
	for _, sub := range s.subscriptions {
		if sub.customer == c.id && !sub.hasEnded() {
			s.end(sub, s.now())
		}
	}
	c.deleted = true
	s.emit("customer.deleted", c.object())
}

// customer returns the customer of the parameter "customer". It fails if the customer does not exist or was deleted.
func (s *Stripe) customer(id string) (*customer, *apiError) {
	for _, c := range s.customers {
		if c.id == id && !c.deleted {
			return c, nil
		}
	}
	return nil, noSuch("customer", id, "customer")
}

// searchDelay is the time after which the search finds a new customer
// (docs.stripe.com/search#data-freshness).
const searchDelay = time.Minute

var metadataQuery = regexp.MustCompile(`^metadata\['([^']+)'\]:'([^']+)'$`)

// searchCustomers supports only queries for one metadata value, such as metadata['key']:'value'.
func (s *Stripe) searchCustomers(r request) (object, *apiError) {
	m := metadataQuery.FindStringSubmatch(r.get("query"))
	if m == nil {
		return nil, invalidRequest(http.StatusBadRequest, "", "query", "We were unable to parse your search query.")
	}
	found := []object{}
	for _, c := range s.customers {
		if !c.deleted && c.metadata[m[1]] == m[2] && !s.now().Before(c.createdAt.Add(searchDelay)) {
			found = append(found, c.object())
		}
	}
	return object{"object": "search_result", "url": "/v1/customers/search", "has_more": false, "data": found}, nil
}

func (s *Stripe) createPortalSession(r request) (object, *apiError) {
	c, apiErr := s.customer(r.get("customer"))
	if apiErr != nil {
		return nil, apiErr
	}
	id := s.newID("bps_")
	return object{
		"id":         id,
		"object":     "billing_portal.session",
		"customer":   c.id,
		"created":    s.now().Unix(),
		"return_url": r.get("return_url"),
		"url":        "https://billing.stripe.com/p/session/" + id,
	}, nil
}
