package pretend

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// checkoutView is what the checkout page shows.
type checkoutView struct {
	Plan           subscription.Plan
	Paid, Expired  bool
	Declined       bool
	Success, Leave template.URL // where to go on
}

func (c *Company) showCheckout(w http.ResponseWriter, r *http.Request) {
	view, err := c.viewCheckout(r.PathValue("name"))
	if err != nil {
		c.refuse(w, err)
		return
	}
	c.render(w, http.StatusOK, "checkout.html", view)
}

func (c *Company) viewCheckout(session string) (checkoutView, error) {
	defer c.lock()()
	s, _, _, err := c.checkout(session)
	if err != nil && !errors.Is(err, ErrOver) {
		return checkoutView{}, err
	}
	return checkoutView{
		Plan: s.order.Plan, Paid: s.paid, Expired: err != nil && !s.paid, Declined: s.declined,
		Success: link(s.order.SuccessURL), Leave: link(s.order.CancelURL),
	}, nil
}

// postCheckout presses a button and leads to where the order says, or back to
// the page, which tells what has become of it.
func (c *Company) postCheckout(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	next, err := c.press(name, button(r))
	if errors.Is(err, ErrOver) {
		err = nil
	}
	if err != nil {
		c.refuse(w, err)
		return
	}
	if next == "" {
		next = r.URL.Path
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (c *Company) press(session, button string) (next string, err error) {
	switch button {
	case "pay":
		return c.Pay(session)
	case "decline":
		return "", c.Decline(session)
	case "expire":
		return "", c.Expire(session)
	case "abandon":
		return c.Abandon(session)
	}
	return "", errForm
}
