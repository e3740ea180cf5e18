package stripetest

import (
	"net/http"
	"regexp"
	"time"
)

type customer struct {
	id       string
	metadata map[string]string
	made     time.Time
	deleted  bool
	fails    bool // the card, at the next renewal
}

// object is one of Stripe's, in JSON.
type object map[string]any

func (c *customer) object() object {
	if c.deleted {
		return object{"id": c.id, "object": "customer", "deleted": true}
	}
	return object{"id": c.id, "object": "customer", "created": c.made.Unix(), "metadata": c.metadata, "livemode": false, "email": nil}
}

func (s *Stripe) createCustomer(q query) (object, *refusal) {
	c := &customer{id: s.name("cus_"), metadata: map[string]string{}, made: s.now()}
	for param := range q.form {
		c.metadata[param[len("metadata["):len(param)-1]] = q.get(param)
	}
	s.customers = append(s.customers, c)
	s.tell("customer.created", c.object())
	return c.object(), nil
}

func (s *Stripe) readCustomer(q query) (object, *refusal) {
	for _, c := range s.customers {
		if c.id == q.id {
			return c.object(), nil
		}
	}
	return nil, missing("customer", q.id, "id")
}

// customer is one that a parameter names and that is not deleted.
func (s *Stripe) customer(id string) (*customer, *refusal) {
	for _, c := range s.customers {
		if c.id == id && !c.deleted {
			return c, nil
		}
	}
	return nil, missing("customer", id, "customer")
}

// lag is how long a new customer cannot be found by searching
// (docs.stripe.com/search#data-freshness).
const lag = time.Minute

var byMetadata = regexp.MustCompile(`^metadata\['([^']+)'\]:'([^']+)'$`)

// searchCustomers knows one form of query.
func (s *Stripe) searchCustomers(q query) (object, *refusal) {
	m := byMetadata.FindStringSubmatch(q.get("query"))
	if m == nil {
		return nil, refuse(http.StatusBadRequest, "", "query", "We were unable to parse your search query.")
	}
	found := []object{}
	for _, c := range s.customers {
		if !c.deleted && c.metadata[m[1]] == m[2] && !s.now().Before(c.made.Add(lag)) {
			found = append(found, c.object())
		}
	}
	return object{"object": "search_result", "url": "/v1/customers/search", "has_more": false, "data": found}, nil
}

func (s *Stripe) createPortal(q query) (object, *refusal) {
	c, bad := s.customer(q.get("customer"))
	if bad != nil {
		return nil, bad
	}
	id := s.name("bps_")
	return object{
		"id": id, "object": "billing_portal.session", "customer": c.id, "created": s.now().Unix(), "return_url": q.get("return_url"),
		"url": "https://billing.stripe.com/p/session/" + id,
	}, nil
}
