package flow

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// Requests that come while the account goes are answered or refused, none with a fault, and leave nothing.
func TestAnAccountErasedInTheMiddleOfRequests(t *testing.T) {
	p := start(t, config(t, "BASIC_DAILY_LIMIT", "1000"), boot.InProcess())
	for range 20 {
		d := p.anywhere().login(number())
		room := d.room("r")
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				method, at, body := "POST", "/chatroom", object{"name": "late"}
				switch {
				case i == 20:
					method, at, body = "DELETE", "/user/me", nil
				case i%2 == 0:
					at, body = "/chatroom/"+room+"/message", object{"content": "late"}
				}
				a, err := d.Call(method, at, body)
				if expected := map[int]bool{201: true, 202: true, 204: i == 20, 401: i != 20, 404: i%2 == 0 && i != 20}; err != nil || !expected[a.Status] {
					t.Errorf("%s %s: %d %s %v", method, at, a.Status, a.Body, err)
				}
			})
		}
		all.Wait()
		d.out()
	}
	p.calm()
}

// hasty is a store where an account goes just before its room comes.
type hasty struct {
	ports.Rooms
	erase func(owner id.ID) error
}

func (h hasty) Add(ctx context.Context, r chat.Room) error {
	return errors.Join(h.erase(r.Owner), h.Rooms.Add(ctx, r))
}

func TestARoomThatComesAfterItsOwnerIsGone(t *testing.T) {
	store := memory.New()
	_, d := indoors(t, config(t), boot.Keep(store), boot.Wrap(func(r ports.Rooms) ports.Rooms {
		return hasty{r, func(owner id.ID) error { return memory.Eraser{Store: store}.Erase(context.Background(), owner) }}
	}))
	d.refused(http.StatusUnauthorized, "invalid_token", "POST", "/chatroom", object{"name": "late"})
}

// unerasing is a store that cannot erase.
type unerasing struct{}

func (unerasing) Erase(context.Context, id.ID) error { return errAway }

func TestAStoreThatCannotErase(t *testing.T) {
	p, d := indoors(t, config(t), boot.Wrap(func(ports.Eraser) ports.Eraser { return unerasing{} }))
	d.refused(http.StatusInternalServerError, "internal", "DELETE", "/user/me", nil)
	d.want(http.StatusOK, "GET", "/user/me", nil)
	p.logged("level=ERROR", "code=internal", `err="erasing the account: the store is away"`)
}

// The company is told first: it would go on charging somebody who is not there any more.
func TestASubscriberIsErased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		p.buys(d)
		customer := s.customer(d)
		s.Outage(true)
		d.refused(http.StatusServiceUnavailable, "payments_unavailable", "DELETE", "/user/me", nil)
		d.tier("Pro", "active")
		s.Outage(false)
		d.erases()
		d.out()
		synctest.Wait() // for the webhooks
		now, err := s.Fetch(context.Background(), customer)
		if err != nil || !now.Live() || !now.CancelAtPeriodEnd {
			t.Errorf("the subscription is %+v, %v", now, err)
		}
		if err := s.EndPeriod(customer); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if now, err = s.Fetch(context.Background(), customer); err != nil || now.Live() {
			t.Errorf("after its period it is %+v, %v", now, err)
		}
		time.Sleep(time.Hour)                                              // for webhooks that come again
		if log := p.log.String(); strings.Count(log, "level=ERROR") != 1 { // of the outage
			t.Errorf("logged: %s", log)
		}
	})
}

// Who has ended the subscription already, or never paid, is erased as anybody, if the company can be asked.
func TestOthersWhoBeganToSubscribeAreErased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, ended := cashier(t)
		p.buys(ended)
		ended.want(http.StatusOK, "POST", "/subscribe/cancel", nil)
		looked := p.anywhere().login(number())
		looked.checkout()
		s.Outage(true)
		for _, d := range []device{ended, looked} {
			d.refused(http.StatusServiceUnavailable, "payments_unavailable", "DELETE", "/user/me", nil)
		}
		p.anywhere().login(number()).erases() // the company knows nothing of them
		s.Outage(false)
		for _, d := range []device{ended, looked} {
			d.erases()
			d.out()
		}
	})
}

// listing is a store during whose listing something happens.
type listing struct {
	ports.Rooms
	happens func()
}

func (l listing) List(ctx context.Context, owner id.ID, after *ports.Place, limit int) ([]chat.Room, error) {
	l.happens()
	return l.Rooms.List(ctx, owner, after, limit)
}

// A page to pay at that is opened while the account goes can be paid by nobody.
func TestAPageOpenedWhileItsAccountGoes(t *testing.T) {
	var company *pretend.Company
	var page string
	var opens func()
	_, d := indoors(t, config(t), sells(&company), boot.Wrap(func(r ports.Rooms) ports.Rooms { return listing{r, func() { opens() }} }))
	opens = func() { page = d.checkout() }
	d.want(http.StatusNoContent, "DELETE", "/user/me", nil)
	if _, err := company.Pay(path.Base(page)); err == nil {
		t.Errorf("%s was paid", page)
	}
}

// fading is a company that cannot be reached any more from the second cancel on.
type fading struct {
	ports.Payments
	cancels int
}

func (f *fading) CancelAtPeriodEnd(ctx context.Context, customer string, cancel bool) error {
	if f.cancels++; f.cancels > 1 {
		return subscription.ErrUnavailable
	}
	return f.Payments.CancelAtPeriodEnd(ctx, customer, cancel)
}

// Where the company is away just as the account has gone, the log says whose pages may be open.
func TestPagesThatMayBeOpenAreTold(t *testing.T) {
	p, d := indoors(t, config(t), boot.Wrap(func(in ports.Payments) ports.Payments { return &fading{Payments: in} }))
	d.checkout()
	d.want(http.StatusNoContent, "DELETE", "/user/me", nil)
	if log := p.log.String(); !strings.Contains(log, "unclosed") || !strings.Contains(log, "closing the pages of customer cus_") {
		t.Errorf("logged %s", log)
	}
}
