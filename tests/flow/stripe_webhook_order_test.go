package flow

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/tests/client"
)

const stripeUsers = 12 // three for each of the last changes

// While a subscription changes, 8 senders send the webhooks so far, each three times and
// in random order. In the end the program must have the state of Stripe.
func TestStripeWebhooksInRandomOrder(t *testing.T) {
	random := newLoggedRandom(t)
	s := startWithStripe(t, stripetest.V2025)
	for i := range stripeUsers {
		s.changeInRandomOrder(i, rand.New(rand.NewPCG(random.Uint64(), 0)))
	}
	s.p.checkNoErrorLogs()
}

// changeInRandomOrder takes a new user through all changes of a subscription.
func (s *stripeAccount) changeInRandomOrder(userIndex int, random *rand.Rand) {
	d := s.p.newDevice().Login(client.Number())
	page, customer := d.checkoutPage(), s.customerOf(d)
	queue, all := newRandomQueue(random), [][]byte{}
	waitForSenders := queue.startSenders(s.postSigned)
	changed := func(err error) {
		s.t.Helper()
		s.must(err)
		for _, w := range s.TakeWebhooks() {
			queue.put(w.Payload, w.Payload) // the third copy is sent at the end
			all = append(all, w.Payload)
		}
	}
	changed(s.Pay(page))
	changed(s.CancelInPortal(customer))
	d.Want(http.StatusConflict, "POST", "/subscribe/pro", nil) // fetches, so that the program knows what to resume
	d.Want(http.StatusOK, "POST", "/subscribe/resume", nil)
	changed(s.FailRenewals(customer))
	changed(s.EndPeriod(customer))
	changed(s.ReplaceCard(customer))
	lastChanges := []func(string) error{s.CancelInPortal, s.CancelNow, s.EndPeriod, s.FailRenewals}
	changed(lastChanges[userIndex%len(lastChanges)](customer))
	queue.close()
	waitForSenders()
	want := s.checkSynced(d)
	for _, i := range random.Perm(len(all)) {
		s.postSigned(all[i])
	}
	if got := s.checkSynced(d); got.Differs(want) {
		s.t.Errorf("subscription after late webhooks = %+v, want it unchanged: %+v", got, want)
	}
}

func TestRepeatedStripeWebhooksAreAppliedOnce(t *testing.T) {
	s := startWithStripe(t, stripetest.V2025)
	d := s.p.tcpDevice().Login(client.Number())
	s.must(s.Pay(d.checkoutPage()))
	fetched, all := s.fetchCount(), s.TakeWebhooks()
	for range 4 {
		for i := range all {
			w := all[len(all)-1-i]
			signature := s.Sign(w.Payload, s.clock.Now().Add(time.Duration(i)*time.Second))
			checkReceived(t, s.postWebhook(w.Payload, signature))
		}
	}
	// The event about the new customer causes no fetch.
	checkFetches(t, "sending each webhook four times", s.fetchCount()-fetched, len(all)-1)
	s.checkSynced(d)
}
