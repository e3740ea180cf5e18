package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// An app syncs when the user returns from a page of the provider, because the webhook may arrive later.
func TestSyncShowsChangesBeforeTheirWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t)
		p.newDevice().Want(http.StatusUnauthorized, "POST", "/subscribe/sync", nil)
		d.checkSync("Basic", "none")
		if n := s.fetchCount(); n != 0 {
			t.Errorf("%d fetches for a user who is not a customer, want none", n)
		}
		page := d.checkoutPage()
		d.checkSync("Basic", "none")
		s.dropWebhooks()
		p.press(page, "pay")
		d.checkTier("Basic", "none")
		d.checkSync("Pro", "active")
		time.Sleep(time.Second)
		p.press(d.portalPage(), "stop")
		d.checkTier("Pro", "active")
		d.checkSync("Basic", "canceled")

		s.SetOutage(true)
		d.checkSubscribeFails(503, "payments_unavailable", "sync")
		d.checkTier("Basic", "canceled")
	})
}

// Each user may make 20 requests a minute that call the provider.
func TestSyncIsRateLimitedPerUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := startWithPaymentsSpy(t)
		p.upgrade(d) // uses one of the 20 requests
		other := p.newDevice().Login(client.Number())
		fetched := s.fetchCount()
		counts := map[int]int{}
		sync := func(int) (client.Response, error) { return d.Call("POST", "/subscribe/sync", nil) }
		for _, r := range concurrently(t, 50, sync) {
			counts[r.Status]++
			if r.Status == http.StatusTooManyRequests {
				checkError(t, r, 429, "rate_limited")
			}
		}
		if counts[http.StatusOK] != 19 || counts[http.StatusTooManyRequests] != 31 {
			t.Errorf("responses to 50 concurrent syncs by status = %v, want 19 times 200 and 31 times 429", counts)
		}
		// Of concurrent syncs, some fetch again because another one has saved first.
		if n := s.fetchCount() - fetched; n < 19 || n > 60 {
			t.Errorf("%d fetches for 19 concurrent syncs, want 19 to 60", n)
		}
		other.Want(http.StatusOK, "POST", "/subscribe/sync", nil)
		time.Sleep(time.Minute)
		d.Want(http.StatusOK, "POST", "/subscribe/sync", nil)
	})
}
