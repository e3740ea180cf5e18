package flow

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// livesAtStripe are as many as the addresses of a test can prove numbers in an hour, and fewer.
const livesAtStripe = 12

// While a life goes on at Stripe, 8 senders post what it tells, each event three
// times, in random order, and late ones after all: what is known in the end is what Stripe says.
func TestStripeWebhooksInRandomOrders(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	s := stripes(t, stripetest.V2025)
	for i := range livesAtStripe {
		s.liveThrough(i, rand.New(rand.NewPCG(random.Uint64(), 0)))
	}
	s.p.calm()
}

func (s *account) liveThrough(life int, random *rand.Rand) {
	d := s.p.anywhere().login(number())
	page, customer := d.checkout(), s.customer(d)
	b, late := newBag(random), [][]byte{}
	happened := func(err error) {
		s.t.Helper()
		s.must(err)
		for _, w := range s.Take() {
			b.put(w.Payload, w.Payload)
			late = append(late, w.Payload)
		}
	}
	var all sync.WaitGroup
	for range senders {
		all.Go(func() { s.send(b) })
	}
	happened(s.Pay(page))
	happened(s.CancelInPortal(customer))
	d.want(http.StatusConflict, "POST", "/subscribe/pro", nil) // asks Stripe, so that it can be taken back
	d.want(http.StatusOK, "POST", "/subscribe/resume", nil)
	happened(s.FailRenewals(customer))
	happened(s.EndPeriod(customer))
	happened(s.Recover(customer))
	happened([]func(string) error{s.CancelInPortal, s.CancelNow, s.EndPeriod, s.FailRenewals}[life%4](customer))
	b.close()
	all.Wait()
	want := s.agrees(d)
	for _, i := range random.Perm(len(late)) {
		received(s.t, s.post(late[i], s.Sign(late[i], s.clock.Now())))
	}
	if got := s.agrees(d); got.News(want) {
		s.t.Errorf("Stripe said %+v, and then %+v", want, got)
	}
}

// send posts what is in the bag.
func (s *account) send(b *bag) {
	for e, ok := b.take(); ok; e, ok = b.take() {
		received(s.t, s.post(e, s.Sign(e, s.clock.Now())))
	}
}

// An event is applied once, and taken each time.
func TestStripeWebhooksComeAgain(t *testing.T) {
	s := stripes(t, stripetest.V2025)
	d := s.p.device().login(number())
	s.must(s.Pay(d.checkout()))
	asked, all := s.asked(), s.Take()
	for _, copies := range []int{1, 2, 1} {
		for range copies {
			for i := range all {
				w := all[len(all)-1-i]
				received(t, s.post(w.Payload, s.Sign(w.Payload, s.clock.Now().Add(time.Duration(i)*time.Second))))
			}
		}
	}
	if n := s.asked() - asked; n != len(all)-1 { // that a customer was made tells of no subscription
		t.Errorf("%d events had Stripe asked %d times", len(all), n)
	}
	s.agrees(d)
}
