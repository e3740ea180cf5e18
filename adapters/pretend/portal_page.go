package pretend

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// portalView is the data of the portal page.
type portalView struct {
	subscription.Snapshot
	Plan           plan.Plan
	Live           bool
	PastDue        bool
	RetriesEnd     time.Time // when a past due subscription ends
	CardFails      bool
	DeliveryFaults DeliveryFaults
	ReturnURL      template.URL
}

func (p *Payments) showPortal(w http.ResponseWriter, r *http.Request) {
	view, err := p.viewPortal(r.PathValue("id"))
	if err != nil {
		p.renderError(w, err)
		return
	}
	p.render(w, http.StatusOK, "portal.html", view)
}

func (p *Payments) viewPortal(portalID string) (portalView, error) {
	defer p.lock()()
	now := p.now()
	page, err := p.portal(portalID, now)
	if err != nil {
		return portalView{}, err
	}
	c, err := p.customer(page.customerID, now)
	if err != nil {
		return portalView{}, err
	}
	best := c.best(now)
	view := portalView{
		Snapshot:       best,
		Live:           best.Live(),
		PastDue:        best.Status == subscription.PastDue,
		DeliveryFaults: p.deliveryFaults,
		ReturnURL:      safeLink(page.returnURL),
	}
	for _, s := range c.subscriptions {
		if s.id == best.ID {
			view.Plan, view.CardFails, view.RetriesEnd = s.plan, s.cardFails, s.retriesEnd()
		}
	}
	return view, nil
}

// portal returns a portal page. It fails with ErrNoPage when the page does not exist or has expired.
func (p *Payments) portal(portalID string, now time.Time) (portal, error) {
	page, ok := p.portals[portalID]
	if !ok || !now.Before(page.expires) {
		return portal{}, ErrNoPage
	}
	return page, nil
}

// postPortal handles a pressed button and redirects back to the page. If the
// subscription has ended since the page was shown, the button does nothing, and the
// page then shows that the subscription has ended.
func (p *Payments) postPortal(w http.ResponseWriter, r *http.Request) {
	page, err := p.findPortal(r.PathValue("id"))
	if err == nil {
		err = p.pressPortalButton(r, page.customerID)
	}
	if err != nil && !errors.Is(err, subscription.ErrNotSubscribed) {
		p.renderError(w, err)
		return
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
}

// findPortal is portal for callers that do not hold the lock.
func (p *Payments) findPortal(portalID string) (portal, error) {
	defer p.lock()()
	return p.portal(portalID, p.now())
}

func (p *Payments) pressPortalButton(r *http.Request, customerID string) error {
	ctx := context.WithoutCancel(r.Context())
	switch pressedButton(r) {
	case "cancel":
		return p.CancelAtPeriodEnd(ctx, customerID, true)
	case "resume":
		return p.CancelAtPeriodEnd(ctx, customerID, false)
	case "fail":
		return p.FailRenewals(customerID)
	case "recover":
		return p.ReplaceCard(customerID)
	case "end":
		return p.EndPeriod(customerID)
	case "stop":
		return p.CancelNow(customerID)
	case "delivery":
		p.SetDeliveryFaults(DeliveryFaults{
			Twice:    r.PostForm.Has("twice"),
			Reversed: r.PostForm.Has("reversed"),
			DropAll:  r.PostForm.Has("none"),
		})
		return nil
	}
	return errMalformedForm
}
