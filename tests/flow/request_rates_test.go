package flow

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// countUntil sends a request until it gets a status, at most n times. It returns the number of requests
// before that, and the response with the status.
func countUntil(status, n int, send func() client.Response) (before int, r client.Response) {
	for before = range n {
		r = send()
		if r.Status == status {
			return before, r
		}
	}
	return n, r
}

// checkLimit checks that a kind of requests is limited to perSecond a second, and a few more.
func checkLimit(t *testing.T, class string, perSecond int, send func() client.Response) {
	t.Helper()
	n, r := countUntil(http.StatusTooManyRequests, 2*perSecond, send)
	if n < perSecond || n > perSecond+5 {
		t.Errorf("%s: %d requests are allowed in a second, want %d to %d", class, n, perSecond, perSecond+5)
	}
	want := map[string]string{
		"Retry-After":      "1",
		"RateLimit-Policy": fmt.Sprintf("%q;q=%d;w=1", class, perSecond),
		"RateLimit":        fmt.Sprintf("%q;r=0;t=1", class),
	}
	for name, value := range want {
		if got := r.Header.Get(name); got != value {
			t.Errorf("%s: the header %s of the refusal is %q, want %q", class, name, got, value)
		}
	}
	if code := r.Field("code"); code != "rate_limited" {
		t.Errorf("%s: the code is %q, want rate_limited", class, code)
	}
	time.Sleep(time.Second)
	if r := send(); r.Status == http.StatusTooManyRequests {
		t.Errorf("%s: a request after a second: %s, want it allowed", class, r.Body)
	}
}

func TestRequestsASecondAreLimitedByTheirCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		variables := []string{"RATE_LIMITS", "production", "BASIC_DAILY_LIMIT", "1000"}
		p := start(t, config(t, variables...), boot.InProcess())
		d, other := p.newDevice().Login(client.Number()), p.newDevice().Login(client.Number())
		room := d.NewRoom("r")
		checkLimit(t, "reads", 50, func() client.Response { return d.call("GET", "/user/me", nil) })
		checkLimit(t, "sends", 20, func() client.Response { return d.postMessage(room, "x") })
		checkLimit(t, "changes", 20, func() client.Response {
			return d.call("PATCH", "/user/me", object{"name": "Ada"})
		})
		stranger := p.newDevice()
		checkLimit(t, "strangers", 100, func() client.Response {
			return stranger.As("x").call("GET", "/user/me", nil)
		})
		other.checkLoggedIn("another user", true)
	})
}

func TestDevelopmentDoesNotLimitRequestsASecond(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		for range 200 {
			d.Want(http.StatusOK, "GET", "/user/me", nil)
		}
	})
}
