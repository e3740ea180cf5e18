package stripetest

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

// session is a checkout page.
type session struct {
	id, customer, status string
	success, cancel      string
	made, expires        time.Time
	order                order
	sub                  *contract // what was paid for, or tried to
}

// order is what is sold each month.
type order struct {
	price, name, currency string
	cents                 int64
}

func (s *Stripe) createSession(q query) (object, *refusal) {
	c, bad := s.customer(q.get("customer"))
	if bad != nil {
		return nil, bad
	}
	o, bad := s.order(q)
	if bad != nil {
		return nil, bad
	}
	if q.get("mode") != "subscription" || q.get("line_items[0][quantity]") != "1" {
		return nil, refuse(http.StatusBadRequest, "", "mode", "Nothing but one subscription is sold.")
	}
	page := &session{id: s.name("cs_test_"), customer: c.id, status: "open", success: q.get("success_url"), cancel: q.get("cancel_url"), made: s.now(), order: o}
	if page.expires, bad = s.expiry(q); bad != nil {
		return nil, bad
	}
	s.sessions = append(s.sessions, page)
	return page.object(), nil
}

// order reads the one line item: a price that there is, or one made up for it.
func (s *Stripe) order(q query) (order, *refusal) {
	const item, data = "line_items[0][price]", "line_items[0][price_data]"
	o := order{price: q.get(item), name: q.get(data + "[product_data][name]"), currency: q.get(data + "[currency]")}
	made := q.form.Has(data + "[currency]")
	switch {
	case made == (o.price != ""):
		return o, refuse(http.StatusBadRequest, "", data, "You must pass either `price` or `price_data`.")
	case !made && o.price != s.config.Price:
		return o, missing("price", o.price, item)
	case !made:
		return o, nil
	case o.name == "" || q.get(data+"[recurring][interval]") != "month":
		return o, refuse(http.StatusBadRequest, "parameter_missing", data, "A monthly price has a name and an interval.")
	}
	var err error
	if o.cents, err = strconv.ParseInt(q.get(data+"[unit_amount]"), 10, 64); err != nil || o.cents < 0 {
		return o, refuse(http.StatusBadRequest, "parameter_invalid_integer", data+"[unit_amount]", "Invalid integer")
	}
	return o, nil
}

// object is the price.
func (o order) object() object {
	return object{
		"id": cmp.Or(o.price, "price_made"), "object": "price", "currency": o.currency, "unit_amount": o.cents,
		"product": o.name, "recurring": object{"interval": "month", "interval_count": 1},
	}
}

// expiry is 30 minutes to 24 hours from now.
func (s *Stripe) expiry(q query) (time.Time, *refusal) {
	if !q.form.Has("expires_at") {
		return s.now().Add(24 * time.Hour), nil
	}
	at, bad := q.seconds("expires_at")
	if life := at.Sub(s.now()); bad == nil && (life < 30*time.Minute || life > 24*time.Hour) {
		bad = refuse(http.StatusBadRequest, "", "expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.")
	}
	return at, bad
}

func (s *Stripe) listSessions(q query) (object, *refusal) {
	if _, bad := s.customer(q.get("customer")); bad != nil && q.form.Has("customer") {
		return nil, bad
	}
	all := []object{}
	for _, page := range s.sessions {
		if (!q.form.Has("customer") || page.customer == q.get("customer")) && (!q.form.Has("status") || page.status == q.get("status")) {
			all = append(all, page.object())
		}
	}
	return page(q, "/v1/checkout/sessions", all)
}

func (s *Stripe) expireSession(q query) (object, *refusal) {
	for _, page := range s.sessions {
		if page.id != q.id {
			continue
		}
		if page.status != "open" {
			return nil, refuse(http.StatusBadRequest, "", "", `Only Checkout Sessions with a status in ["open"] can be expired.`)
		}
		page.status = "expired"
		s.tell("checkout.session.expired", page.object())
		return page.object(), nil
	}
	return nil, missing("checkout.session", q.id, "session")
}

func (p *session) object() object {
	o := object{
		"id": p.id, "object": "checkout.session", "customer": p.customer, "mode": "subscription", "status": p.status, "url": nil, "subscription": nil,
		"created": p.made.Unix(), "expires_at": p.expires.Unix(), "success_url": p.success, "cancel_url": p.cancel, "payment_status": "unpaid",
	}
	switch p.status {
	case "open":
		o["url"] = "https://checkout.stripe.com/c/pay/" + p.id
	case "complete":
		o["subscription"], o["payment_status"] = p.sub.id, "paid"
	}
	return o
}
