package flow

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
)

// limited calls and fails the test unless it is refused for so many seconds.
func (d device) limited(seconds, method, path string, body any, headers ...string) {
	d.t.Helper()
	a := d.refused(http.StatusTooManyRequests, "rate_limited", method, path, body, headers...)
	if got := a.Header.Get("Retry-After"); got != seconds {
		d.t.Fatalf("%s %s: Retry-After %s, want %s", method, path, got, seconds)
	}
}

func TestANumberGetsOneCodeAMinuteAndPurpose(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		in := object{"mobile_number": n}
		p.anywhere().login(n)
		p.anywhere().limited("60", "POST", "/auth/send-otp", in)
		p.anywhere().code("forgot-password", n)
		time.Sleep(59*time.Second + 500*time.Millisecond)
		p.anywhere().limited("1", "POST", "/auth/send-otp", in)
		p.anywhere().limited("1", "POST", "/auth/forgot-password", in)
		time.Sleep(500 * time.Millisecond)
		p.anywhere().code("send-otp", n)
		p.anywhere().code("forgot-password", n)
		if p.outbox.Count() != 4 {
			t.Errorf("%d texts were sent, want 4", p.outbox.Count())
		}
	})
}

func TestANumberGetsFiveCodesAnHourAndTenADay(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		in := object{"mobile_number": n}
		five := func() {
			for range 5 {
				p.anywhere().code("send-otp", n)
				time.Sleep(time.Minute)
			}
		}
		five()
		p.anywhere().limited("3300", "POST", "/auth/send-otp", in)
		p.anywhere().limited("3300", "POST", "/auth/forgot-password", in)
		time.Sleep(55 * time.Minute)
		five()
		p.anywhere().limited("82500", "POST", "/auth/send-otp", in)
		time.Sleep(22*time.Hour + 55*time.Minute - time.Microsecond)
		p.anywhere().limited("1", "POST", "/auth/send-otp", in)
		time.Sleep(time.Microsecond)
		p.anywhere().code("send-otp", n)
		if p.outbox.Count() != 11 {
			t.Errorf("%d texts were sent, want 11", p.outbox.Count())
		}
	})
}

func TestABlockOfNumbersGetsTwentyCodesAnHour(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		for i := range 20 {
			p.anywhere().code("send-otp", fmt.Sprintf("+491512%06d", 300000+i))
			time.Sleep(time.Minute)
		}
		p.anywhere().limited("2400", "POST", "/auth/send-otp", object{"mobile_number": "+491512399999"})
		p.anywhere().limited("2400", "POST", "/auth/forgot-password", object{"mobile_number": "+49151239"})
		p.anywhere().code("send-otp", "+491512400000")
		time.Sleep(40 * time.Minute)
		p.anywhere().code("send-otp", "+491512399999")
		p.anywhere().limited("60", "POST", "/auth/send-otp", object{"mobile_number": "+491512300000"})
	})
}

// What one address does more of than its budget is refused, whatever it asks
// about; what others do, and what it does else, is not.
func TestAnAddressHasABudgetOfEachAction(t *testing.T) {
	for _, c := range []struct {
		window time.Duration
		action string
		call   func(d device) int
	}{
		{time.Hour, "signup", func(d device) int {
			return d.status("POST", "/auth/signup", object{"mobile_number": number()})
		}},
		{time.Hour, "send", func(d device) int {
			return d.status("POST", []string{"/auth/send-otp", "/auth/forgot-password"}[addresses.Add(1)%2], object{"mobile_number": number()})
		}},
		{5 * time.Minute, "try", func(d device) int {
			in := object{"mobile_number": number(), "password": "a wrong guess"}
			return d.status("POST", "/auth/login", in)
		}},
	} {
		t.Run(c.action, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				d := p.from("192.0.2.7")
				for i := range 30 {
					if c.call(d) == http.StatusTooManyRequests {
						t.Fatalf("the budget ends after %d", i)
					}
					time.Sleep(time.Second)
				}
				if c.call(d) != http.StatusTooManyRequests || c.call(p.from("192.0.2.8")) == http.StatusTooManyRequests {
					t.Error("the budget is not the address's")
				}
				for action, path := range map[string]string{"signup": "/auth/signup", "send": "/auth/send-otp", "try": "/auth/verify-otp"} {
					if status := d.status("POST", path, []byte("{}")); (status == http.StatusTooManyRequests) != (action == c.action) {
						t.Errorf("%s: %d", path, status)
					}
				}
				wait := fmt.Sprint(int(c.window.Seconds()) - 30)
				if a, _ := d.Call("POST", map[string]string{"signup": "/auth/signup", "send": "/auth/forgot-password", "try": "/auth/reset-password"}[c.action], []byte("{}")); a.Header.Get("Retry-After") != wait {
					t.Errorf("Retry-After %s, want %s", a.Header.Get("Retry-After"), wait)
				}
				time.Sleep(c.window - 30*time.Second)
				if c.call(d) == http.StatusTooManyRequests || c.call(d) != http.StatusTooManyRequests {
					t.Error("one second's worth of the window has room for one")
				}
			})
		})
	}
}

func (d device) status(method, path string, body any, headers ...string) int {
	d.t.Helper()
	a, err := d.Call(method, path, body, headers...)
	if err != nil {
		d.t.Fatal(err)
	}
	return a.Status
}

// spend uses up the budget of signups of whoever d is to the program.
func spend(d device, headers ...string) {
	d.t.Helper()
	for range 30 {
		d.want(http.StatusUnprocessableEntity, "POST", "/auth/signup", object{}, headers...)
	}
}

// limits says whether d's signups are over budget; a refusal of another kind costs nothing that counts here.
func limits(d device, headers ...string) bool {
	d.t.Helper()
	return d.status("POST", "/auth/signup", object{}, headers...) == http.StatusTooManyRequests
}

func TestOneSubscriberIsOneAddress(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		spend(p.from("2001:db8:0:1::1"))
		spend(p.from("192.0.2.1"))
		for addr, limited := range map[string]bool{
			"2001:db8:0:1::1": true, "2001:db8:0:1:ffff:ffff:ffff:ffff": true, "2001:db8:0:2::1": false, "2001:db8::1": false,
			"192.0.2.1": true, "::ffff:192.0.2.1": true, "::ffff:192.0.2.2": false,
		} {
			if got := limits(p.from(addr)); got != limited {
				t.Errorf("%s is limited: %v", addr, got)
			}
		}
	})
}

const forwarded = "X-Forwarded-For"

func TestForwardedForIsNoticedFromTrustedProxiesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "TRUSTED_PROXIES", "10.9.0.0/16, 2001:db8:9::/48"), boot.InProcess())
		spend(p.from("192.0.2.1"))
		spend(p.from("10.9.0.1"), forwarded, "198.51.100.1")
		for _, c := range []struct {
			peer, header string
			limited      bool
		}{
			{"192.0.2.1", "203.0.113.1", true},                  // who is no proxy says what they like
			{"192.0.2.2", "198.51.100.1", false},                // to nobody's harm
			{"10.9.0.1", "192.0.2.1", true},                     // a proxy tells of the same client
			{"10.9.7.7", "198.51.100.1", true},                  // so does another one
			{"2001:db8:9::1", "198.51.100.1", true},             //
			{"10.9.0.1", "198.51.100.2", false},                 //
			{"10.9.0.1", "203.0.113.9, 198.51.100.1", true},     // what the client itself wrote comes first
			{"10.9.0.1", "198.51.100.1, 203.0.113.9", false},    //
			{"10.9.0.1", "198.51.100.1, 10.9.3.3", true},        // a chain of proxies
			{"10.9.0.1", "198.51.100.1,2001:db8:9::5 ", true},   //
			{"10.9.0.1", "203.0.113.9, ::ffff:192.0.2.1", true}, //
			{"10.9.0.1", "198.51.100.1, unknown", false},        // what cannot be read is the proxy's own
			{"10.9.0.1", "", false},                             //
		} {
			if got := limits(p.from(c.peer), forwarded, c.header); got != c.limited {
				t.Errorf("%s for %q is limited: %v", c.peer, c.header, got)
			}
		}
	})
}
