package flow

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestANumberGetsOneCodeAMinutePerPurpose(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		body := object{"mobile_number": n}
		p.newDevice().Login(n)
		p.newDevice().wantRateLimited("60", "/auth/send-otp", body)
		p.newDevice().requestCode("forgot-password", n)
		time.Sleep(59*time.Second + 500*time.Millisecond)
		p.newDevice().wantRateLimited("1", "/auth/send-otp", body)
		p.newDevice().wantRateLimited("1", "/auth/forgot-password", body)
		time.Sleep(500 * time.Millisecond)
		p.newDevice().requestCode("send-otp", n)
		p.newDevice().requestCode("forgot-password", n)
		if p.outbox.Count() != 4 {
			t.Errorf("%d text messages sent, want 4", p.outbox.Count())
		}
	})
}

// Requests while a code has no attempts left send nothing and do not count.
func TestANumberGetsTenCodesADay(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		body := object{"mobile_number": n}
		code := p.newDevice().requestCode("send-otp", n)
		p.tryWrongCodes(5, n, code)
		for range 20 {
			p.newDevice().requestCode("send-otp", n)
		}
		time.Sleep(10 * time.Minute)
		for range 9 {
			p.newDevice().requestCode("send-otp", n)
			time.Sleep(time.Minute)
		}
		p.newDevice().wantRateLimited("85260", "/auth/send-otp", body)
		p.newDevice().wantRateLimited("85260", "/auth/forgot-password", body)
		time.Sleep(85260*time.Second - time.Microsecond)
		p.newDevice().wantRateLimited("1", "/auth/send-otp", body)
		time.Sleep(time.Microsecond)
		p.newDevice().requestCode("send-otp", n)
		if p.outbox.Count() != 11 {
			t.Errorf("%d text messages sent, want 11", p.outbox.Count())
		}
	})
}

// Seven of the ten codes are kept for networks that have not requested one in the last day.
func TestANetworkGetsFourCodesADay(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		for range 4 {
			d.requestCode("send-otp", n)
			time.Sleep(time.Hour)
		}
		d.wantRateLimited("75600", "/auth/send-otp", object{"mobile_number": n}) // until the second one is a day old
		p.newDevice().requestCode("send-otp", n)
		d.requestCode("send-otp", client.Number())
		time.Sleep(21 * time.Hour)
		d.requestCode("send-otp", n)
	})
}

// Numbers with the same first seven digits share a rate limit.
func TestABlockOfNumbersGetsTwentyCodesAnHour(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		for i := range 20 {
			p.newDevice().requestCode("send-otp", fmt.Sprintf("+491512%06d", 300000+i))
			time.Sleep(time.Minute)
		}
		limited := func(retryAfter, route, number string) {
			p.newDevice().wantRateLimited(retryAfter, "/auth/"+route, object{"mobile_number": number})
		}
		limited("2400", "send-otp", "+491512399999")
		limited("2400", "forgot-password", "+49151239")
		p.newDevice().requestCode("send-otp", "+491512400000")
		time.Sleep(40 * time.Minute)
		p.newDevice().requestCode("send-otp", "+491512399999")
		limited("60", "send-otp", "+491512300000")
	})
}

// addressLimits are the rate limits per IP address: 30 requests in a window. Routes
// with the same kind of action share a limit.
var addressLimits = map[string]struct {
	window time.Duration
	routes []string
}{
	"signup":           {time.Hour, []string{"/auth/signup"}},
	"request of codes": {time.Hour, []string{"/auth/send-otp", "/auth/forgot-password"}},
	"authentication":   {5 * time.Minute, []string{"/auth/login", "/auth/verify-otp", "/auth/reset-password"}},
}

// rateLimited reports whether a valid request with a new number is rate limited.
func (d device) rateLimited(route string) bool {
	d.Helper()
	body := object{"mobile_number": client.Number()}
	switch route {
	case "/auth/login":
		body["password"] = "a wrong guess"
	case "/auth/verify-otp":
		body["otp"] = "000000"
	case "/auth/reset-password":
		body["otp"], body["new_password"] = "000000", "correct horse"
	}
	return d.callStatus("POST", route, body) == http.StatusTooManyRequests
}

// The limit of one action does not affect other addresses and other actions.
func TestAnAddressHasARateLimitPerAction(t *testing.T) {
	for action, limit := range addressLimits {
		t.Run(action, func(t *testing.T) {
			inBubble(t, func(t *testing.T, p *program) {
				d, routes := p.deviceAt("192.0.2.7"), limit.routes
				for i := range 30 {
					if d.rateLimited(routes[i%len(routes)]) {
						t.Fatalf("request %d is rate limited, want 30 requests allowed", i+1)
					}
					time.Sleep(time.Second)
				}
				if p.deviceAt("192.0.2.8").rateLimited(routes[0]) {
					t.Error("a request from another address is rate limited, want it allowed")
				}
				d.checkOnlyActionLimited(action)
				time.Sleep(limit.window - 30*time.Second)
				if d.rateLimited(routes[0]) || !d.rateLimited(routes[0]) {
					t.Error("when the first request leaves the window, want exactly one more request allowed")
				}
			})
		})
	}
}

// checkOnlyActionLimited checks that the routes of the action are rate limited until
// the first of 30 requests leaves the window, and that other routes are not.
func (d device) checkOnlyActionLimited(action string) {
	d.Helper()
	for other, limit := range addressLimits {
		for _, route := range limit.routes {
			if other == action {
				d.wantRateLimited(fmt.Sprint(int(limit.window.Seconds())-30), route, object{})
			} else if d.rateLimited(route) {
				d.Errorf("%s is rate limited after 30 requests of the action %q, want it allowed", route, action)
			}
		}
	}
}
