package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// Who comes back from the company's page is told what it says, whether or not its webhook was faster.
func TestSyncOnReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		synced := func(tier, status string) {
			t.Helper()
			a := d.want(http.StatusOK, "POST", "/subscribe/sync", nil)
			if b := d.tier(tier, status); string(a.Body) != string(b.Body) {
				t.Errorf("sync says %s, status %s", a.Body, b.Body)
			}
		}
		p.inside().want(http.StatusUnauthorized, "POST", "/subscribe/sync", nil)
		synced("Basic", "none")
		if s.fetched() != 0 {
			t.Error("the company was asked about one it does not know")
		}
		page := d.checkout()
		synced("Basic", "none")
		s.mute()
		p.press(page, "pay")
		d.tier("Basic", "none")
		synced("Pro", "active")
		time.Sleep(time.Second)
		p.press(d.portal(), "stop")
		d.tier("Pro", "active")
		synced("Basic", "canceled")

		s.Outage(true)
		refused(t, d.want(http.StatusServiceUnavailable, "POST", "/subscribe/sync", nil), 503, "payments_unavailable")
		d.tier("Basic", "canceled")
	})
}

// One user has the company asked 20 times a minute, and no other's share is touched.
func TestSyncIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, d := cashier(t)
		p.buys(d)
		other := p.inside().login(number())
		before := s.fetched()
		counts := map[int]int{}
		for _, a := range together(t, 50, func(int) (client.Answer, error) { return d.Call("POST", "/subscribe/sync", nil) }) {
			counts[a.Status]++
			if a.Status == http.StatusTooManyRequests {
				refused(t, a, 429, "rate_limited")
			}
		}
		if counts[200] != 19 || counts[429] != 31 {
			t.Errorf("after a checkout 50 were answered %v", counts)
		}
		if n := s.fetched() - before; n < 19 || n > 60 { // of those at once some ask again
			t.Errorf("the company was asked %d times", n)
		}
		other.want(http.StatusOK, "POST", "/subscribe/sync", nil)
		time.Sleep(time.Minute)
		d.want(http.StatusOK, "POST", "/subscribe/sync", nil)
	})
}
