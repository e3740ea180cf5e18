package stripetest

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

// checkoutSession is a page where a customer can pay for a subscription.
type checkoutSession struct {
	id         string
	customer   string
	status     string
	successURL string
	cancelURL  string
	createdAt  time.Time
	expiresAt  time.Time
	price      price
	sub        *subscription // created by the first attempt to pay
}

// price is a price per month.
type price struct {
	id       string // "" for a price that was created for one session
	product  string
	currency string
	cents    int64
}

func (s *Stripe) createSession(r request) (object, *apiError) {
	c, apiErr := s.customer(r.get("customer"))
	if apiErr != nil {
		return nil, apiErr
	}
	p, apiErr := s.parsePrice(r)
	if apiErr != nil {
		return nil, apiErr
	}
	if r.get("mode") != "subscription" || r.get("line_items[0][quantity]") != "1" {
		return nil, invalidRequest(http.StatusBadRequest, "", "mode", "This fake sells only one subscription.")
	}
	expiresAt, apiErr := s.parseExpiry(r)
	if apiErr != nil {
		return nil, apiErr
	}
	session := &checkoutSession{
		id:         s.newID("cs_test_"),
		customer:   c.id,
		status:     "open",
		successURL: r.get("success_url"),
		cancelURL:  r.get("cancel_url"),
		createdAt:  s.now(),
		expiresAt:  expiresAt,
		price:      p,
	}
	s.sessions = append(s.sessions, session)
	return session.object(), nil
}

// parsePrice reads the only line item: the id of an existing price, or the data of a new one.
func (s *Stripe) parsePrice(r request) (price, *apiError) {
	const idParam, dataParam = "line_items[0][price]", "line_items[0][price_data]"
	p := price{
		id:       r.get(idParam),
		product:  r.get(dataParam + "[product_data][name]"),
		currency: r.get(dataParam + "[currency]"),
	}
	isNew := r.params.Has(dataParam + "[currency]")
	switch {
	case isNew == (p.id != ""):
		return p, invalidRequest(http.StatusBadRequest, "", dataParam, "You must pass either `price` or `price_data`.")
	case !isNew && p.id != s.config.Price:
		return p, noSuch("price", p.id, idParam)
	case !isNew:
		return p, nil
	case p.product == "" || r.get(dataParam+"[recurring][interval]") != "month":
		return p, invalidRequest(http.StatusBadRequest, "parameter_missing", dataParam,
			"A monthly price has a name and an interval.")
	}
	var err error
	if p.cents, err = strconv.ParseInt(r.get(dataParam+"[unit_amount]"), 10, 64); err != nil || p.cents < 0 {
		return p, invalidInteger(dataParam + "[unit_amount]")
	}
	return p, nil
}

func (p price) object() object {
	return object{
		"id":          cmp.Or(p.id, "price_made"),
		"object":      "price",
		"currency":    p.currency,
		"unit_amount": p.cents,
		"product":     p.product,
		"recurring":   object{"interval": "month", "interval_count": 1},
	}
}

// parseExpiry reads expires_at, which must be 30 minutes to 24 hours from now. The default is 24 hours.
func (s *Stripe) parseExpiry(r request) (time.Time, *apiError) {
	if !r.params.Has("expires_at") {
		return s.now().Add(24 * time.Hour), nil
	}
	at, apiErr := r.time("expires_at")
	if apiErr != nil {
		return time.Time{}, apiErr
	}
	if life := at.Sub(s.now()); life < 30*time.Minute || life > 24*time.Hour {
		return time.Time{}, invalidRequest(http.StatusBadRequest, "", "expires_at",
			"The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.")
	}
	return at, nil
}

func (s *Stripe) listSessions(r request) (object, *apiError) {
	if _, apiErr := s.customer(r.get("customer")); apiErr != nil && r.params.Has("customer") {
		return nil, apiErr
	}
	all := []object{}
	for _, session := range s.sessions {
		if r.matches("customer", session.customer) && r.matches("status", session.status) {
			all = append(all, session.object())
		}
	}
	return paginate(r, "/v1/checkout/sessions", all)
}

func (s *Stripe) expireSession(r request) (object, *apiError) {
	for _, session := range s.sessions {
		if session.id != r.id {
			continue
		}
		if session.status != "open" {
			return nil, invalidRequest(http.StatusBadRequest, "", "",
				`Only Checkout Sessions with a status in ["open"] can be expired.`)
		}
		s.expire(session)
		return session.object(), nil
	}
	return nil, noSuch("checkout.session", r.id, "session")
}

func (s *Stripe) expire(session *checkoutSession) {
	session.status = "expired"
	s.emit("checkout.session.expired", session.object())
}

func (c *checkoutSession) object() object {
	o := object{
		"id":             c.id,
		"object":         "checkout.session",
		"customer":       c.customer,
		"mode":           "subscription",
		"status":         c.status,
		"url":            nil,
		"subscription":   nil,
		"created":        c.createdAt.Unix(),
		"expires_at":     c.expiresAt.Unix(),
		"success_url":    c.successURL,
		"cancel_url":     c.cancelURL,
		"payment_status": "unpaid",
	}
	switch c.status {
	case "open":
		o["url"] = "https://checkout.stripe.com/c/pay/" + c.id
	case "complete":
		o["subscription"] = c.sub.id
		o["payment_status"] = "paid"
	}
	return o
}
