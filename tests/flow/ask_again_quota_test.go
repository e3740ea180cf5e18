package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// askAgain sends an edit and a retry, and returns their responses by name.
func (d device) askAgain(replyPath, promptPath string, headers ...string) map[string]client.Response {
	d.Helper()
	return map[string]client.Response{
		"edit":  d.call("PATCH", promptPath, object{"content": "other"}, headers...),
		"retry": d.call("POST", replyPath+"/retry", nil, headers...),
	}
}

func TestEditsAndRetriesAreRefusedWhenTheQuotaIsUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"))
		room := d.NewRoom("r")
		path := d.Send(room, "hello")
		prompt := d.promptOf(path)
		d.Wait(path)
		for range 2 {
			d.retry(path)
			d.Wait(path)
			d.edit(prompt, "again")
			d.Wait(path)
		}
		for name, r := range d.askAgain(path, prompt) {
			checkError(t, r, http.StatusTooManyRequests, "quota_exhausted")
			checkHeaders(t, r, name, map[string]string{
				"RateLimit-Limit": "5", "RateLimit-Remaining": "0", "Retry-After": r.Header.Get("RateLimit-Reset"),
			})
			if r.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", name)
			}
		}
		d.checkMessageCount(5)
		checkFields(t, d.Wait(path), map[string]string{"versions": "4", "content": "You said: again"})
		time.Sleep(24 * time.Hour)
		d.retry(path)
		d.checkMessageCount(1)
	})
}

// A reply that was asked for again on another day returns the unit to that day.
func TestACancelledRetryIsRefundedToItsOwnDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000", "ECHO_LATENCY", "1s"))
		path := d.Send(d.NewRoom("r"), "hello")
		d.Wait(path)
		sleepUntil(midnight(1).Add(time.Hour))
		d.checkMessageCount(0)
		d.retry(path)
		d.checkMessageCount(1)
		d.cancel(path)
		checkFields(t, d.Wait(path), map[string]string{"status": "cancelled"})
		d.checkMessageCount(0)
	})
}

func TestARefusedEditOrRetryTakesNoUnit(t *testing.T) {
	d := start(t, config(t, "ECHO_LATENCY", "0s")).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	first := d.Send(room, "one")
	d.Wait(d.Send(room, "two"))
	for _, r := range d.askAgain(first, d.promptOf(first)) {
		if r.Status != http.StatusConflict {
			t.Errorf("status %d, want 409: %s", r.Status, r.Body)
		}
	}
	d.checkMessageCount(2)
}
