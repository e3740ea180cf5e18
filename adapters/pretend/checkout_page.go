package pretend

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/kuvaka-tech/parley/core/plan"
)

// checkoutView is the data of the checkout page.
type checkoutView struct {
	Plan       plan.Plan
	Paid       bool
	Expired    bool
	Declined   bool
	SuccessURL template.URL
	CancelURL  template.URL
}

func (p *Payments) showCheckout(w http.ResponseWriter, r *http.Request) {
	view, err := p.viewCheckout(r.PathValue("id"))
	if err != nil {
		p.renderError(w, err)
		return
	}
	p.render(w, http.StatusOK, "checkout.html", view)
}

func (p *Payments) viewCheckout(checkoutID string) (checkoutView, error) {
	defer p.lock()()
	page, _, err := p.payableCheckout(checkoutID, p.now())
	if err != nil && !errors.Is(err, ErrCheckoutOver) {
		return checkoutView{}, err
	}
	return checkoutView{
		Plan:       page.order.Plan,
		Paid:       page.paid,
		Expired:    err != nil && !page.paid,
		Declined:   page.declined,
		SuccessURL: safeLink(page.order.SuccessURL),
		CancelURL:  safeLink(page.order.CancelURL),
	}, nil
}

// postCheckout handles a pressed button. It redirects to the order's SuccessURL or
// CancelURL, or back to the page, which shows the new state. It also redirects back
// when the checkout is over.
func (p *Payments) postCheckout(w http.ResponseWriter, r *http.Request) {
	next, err := p.pressCheckoutButton(r.PathValue("id"), pressedButton(r))
	if err != nil && !errors.Is(err, ErrCheckoutOver) {
		p.renderError(w, err)
		return
	}
	if next == "" {
		next = r.URL.Path
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// pressCheckoutButton returns the URL to go to, or "" for the page itself.
func (p *Payments) pressCheckoutButton(checkoutID, button string) (next string, err error) {
	switch button {
	case "pay":
		return p.Pay(checkoutID)
	case "decline":
		return "", p.Decline(checkoutID)
	case "expire":
		return "", p.Expire(checkoutID)
	case "abandon":
		return p.Abandon(checkoutID)
	}
	return "", errMalformedForm
}
