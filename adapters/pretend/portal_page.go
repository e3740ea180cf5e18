package pretend

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// portalView is what the portal shows.
type portalView struct {
	subscription.Snapshot
	Plan      subscription.Plan
	Live      bool
	PastDue   bool
	GivenUp   time.Time // when a past due one will be
	CardFails bool
	Delivery  Delivery
	Return    template.URL
}

func (c *Company) showPortal(w http.ResponseWriter, r *http.Request) {
	view, err := c.viewPortal(r.PathValue("name"))
	if err != nil {
		c.refuse(w, err)
		return
	}
	c.render(w, http.StatusOK, "portal.html", view)
}

func (c *Company) viewPortal(name string) (portalView, error) {
	defer c.lock()()
	page, err := c.portal(name)
	if err != nil {
		return portalView{}, err
	}
	p, now, err := c.payer(page.customer)
	if err != nil {
		return portalView{}, err
	}
	v := portalView{Snapshot: p.best(now), Delivery: c.mode, Return: link(page.returnURL)}
	v.Live, v.PastDue, v.GivenUp = v.Snapshot.Live(), v.Status == subscription.PastDue, v.PeriodStart.Add(retryLife)
	for _, s := range p.subs {
		if s.id == v.ID {
			v.Plan, v.CardFails = s.plan, s.cardFails
		}
	}
	return v, nil
}

func (c *Company) portal(name string) (portal, error) {
	page, ok := c.portals[name]
	if !ok || !c.config.Clock.Now().Before(page.expires) {
		return portal{}, ErrNoPage
	}
	return page, nil
}

// postPortal presses a button and leads back to the page. One for what has
// ended meanwhile does nothing: the page tells.
func (c *Company) postPortal(w http.ResponseWriter, r *http.Request) {
	page, err := c.findPortal(r.PathValue("name"))
	if err == nil {
		err = c.manage(r, page.customer)
	}
	if err != nil && !errors.Is(err, subscription.ErrNotSubscribed) {
		c.refuse(w, err)
		return
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
}

func (c *Company) findPortal(name string) (portal, error) {
	defer c.lock()()
	return c.portal(name)
}

func (c *Company) manage(r *http.Request, customer string) error {
	pressed := button(r)
	if pressed == "delivery" {
		c.SetDelivery(Delivery{Twice: r.PostForm.Has("twice"), Reversed: r.PostForm.Has("reversed"), None: r.PostForm.Has("none")})
		return nil
	}
	act, ok := map[string]func(string) error{
		"cancel": func(customer string) error {
			return c.CancelAtPeriodEnd(context.WithoutCancel(r.Context()), customer, true)
		},
		"resume": func(customer string) error {
			return c.CancelAtPeriodEnd(context.WithoutCancel(r.Context()), customer, false)
		},
		"fail":    c.FailNextRenewal,
		"recover": c.Recover,
		"end":     c.EndPeriod,
		"stop":    c.CancelNow,
	}[pressed]
	if !ok {
		return errForm
	}
	return act(customer)
}
