package flow

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/tests/client"
)

// Package os/signal starts its goroutine, of which fx makes use, once a process:
// it must not be in one test's bubble.
func init() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	signal.Stop(c)
}

// bubble runs a test against a program in process, where time passes only while everybody waits.
func bubble(t *testing.T, test func(t *testing.T, p *program), options ...boot.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, start(t, config(t), append(options, boot.InProcess())...)) })
}

// from is a device at an address, with no socket between it and the program.
func (p *program) from(addr string) device {
	return device{client.In(p, net.JoinHostPort(addr, "1234")), p.t}
}

var addresses atomic.Int64

// anywhere is a device at an address of its own, so that the budgets of addresses do not meet.
func (p *program) anywhere() device {
	n := addresses.Add(1)
	return p.from(fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255))
}

// refused calls and fails the test unless the refusal has this status and code.
func (d device) refused(status int, code, method, path string, body any, headers ...string) client.Answer {
	d.t.Helper()
	a := d.want(status, method, path, body, headers...)
	if a.Get("code") != code {
		d.t.Fatalf("%s %s: %s, want the code %s", method, path, a.Body, code)
	}
	return a
}

// code asks for a code that logs in, or, of forgot-password, one that resets.
func (d device) code(route, number string) string {
	d.t.Helper()
	return d.want(http.StatusOK, "POST", "/auth/"+route, object{"mobile_number": number}).Get("otp")
}

func try(number, code string) object { return object{"mobile_number": number, "otp": code} }

// wrong is a code that another one is not.
func wrong(code string) string { return code[:5] + string('0'+(code[5]-'0'+1)%10) }

func TestSignupAnswersAlikeAndChangesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.anywhere(), number()
		signup := func(name string) string {
			return string(d.want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": name}).Body)
		}
		first := signup("Ada")
		if again := signup("Eve"); again != first {
			t.Errorf("a number that signed up: %s, a new one: %s", again, first)
		}
		ada := d.login(n)
		before := string(ada.want(http.StatusOK, "GET", "/user/me", nil).Body)
		if proven := signup("Eve"); proven != first {
			t.Errorf("a proven number: %s, a new one: %s", proven, first)
		}
		if after := string(ada.want(http.StatusOK, "GET", "/user/me", nil).Body); after != before || !strings.Contains(after, `"Ada"`) {
			t.Errorf("the account was %s and is %s", before, after)
		}
		if p.outbox.Count() != 1 {
			t.Errorf("signing up sends nothing, yet %d texts were sent", p.outbox.Count())
		}
	})
}

func TestNamesAtSignup(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		for _, c := range []struct{ name, kept string }{
			{"  Ada Lovelace\t", "Ada Lovelace"}, {strings.Repeat("é", 100), strings.Repeat("é", 100)}, {"a", "a"},
		} {
			d, n := p.anywhere(), number()
			d.want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": c.name})
			if got := d.login(n).want(http.StatusOK, "GET", "/user/me", nil).Get("name"); got != c.kept {
				t.Errorf("%q was kept as %q", c.name, got)
			}
		}
		for _, name := range []any{"   ", strings.Repeat("é", 101), "A\x00da", nil, 7, []string{"Ada"}} {
			a := p.anywhere().refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/signup", object{"mobile_number": number(), "name": name})
			if !strings.Contains(string(a.Body), `"field":"name"`) {
				t.Errorf("%q: %s does not name the field", name, a.Body)
			}
		}
	})
}

func TestNumbersAreForgivenTheirPunctuationOnly(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere()
		if got := d.want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": " +1 (202) 555-0100 "}).Get("mobile_number"); got != "+12025550100" {
			t.Errorf("the number is %q", got)
		}
		one := d.login("+1 202 555 0100").want(http.StatusOK, "GET", "/user/me", nil)
		if one.Get("mobile_number") != "+12025550100" {
			t.Errorf("me: %s", one.Body)
		}
		body := object{"otp": "123456", "password": "correct horse", "new_password": "correct horse"}
		for route, fields := range map[string][]string{"signup": nil, "send-otp": nil, "forgot-password": nil, "verify-otp": {"otp"}, "login": {"password"}, "reset-password": {"otp", "new_password"}} {
			for _, bad := range []any{"", "12025550100", "+1202555", "+1234567890123456", "+02025550100", "+1202555010a", "+１２０２５５５０１００", "++12025550100", strings.Repeat(" ", 64) + "+12025550100", nil, 12025550100} {
				in := object{"mobile_number": bad}
				for _, f := range fields {
					in[f] = body[f]
				}
				a := p.anywhere().refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/"+route, in)
				if !strings.Contains(string(a.Body), `"field":"mobile_number"`) {
					t.Errorf("%s of %v: %s does not name the field", route, bad, a.Body)
				}
			}
		}
	})
}

func TestTheSameCodeComesAgainWithinItsLife(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.anywhere(), number()
		first := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		code := first.Get("otp")
		if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(code) || first.Get("expires_in") != "600" || first.Get("resend_in") != "60" || first.Get("message") == "" {
			t.Fatalf("sent: %s", first.Body)
		}
		to, _ := phone.Parse(n)
		if text, _ := p.outbox.Last(to); !strings.Contains(text, code) {
			t.Errorf("the text is %q, the code %s", text, code)
		}
		time.Sleep(90 * time.Second)
		again := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		if again.Get("otp") != code || again.Get("expires_in") != "510" || again.Get("resend_in") != "60" || p.outbox.Count() != 2 {
			t.Errorf("sent again: %s, %d texts", again.Body, p.outbox.Count())
		}
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, code))
		time.Sleep(time.Minute)
		if used := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n}); used.Get("expires_in") != "600" {
			t.Errorf("after its use: %s, want a new code", used.Body)
		}
		time.Sleep(10 * time.Minute)
		if over := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n}); over.Get("expires_in") != "600" {
			t.Errorf("after its life: %s, want a new code", over.Body)
		}
	})
}

func TestACodeOpensOnceAndNeedsNoSignup(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.anywhere(), number()
		code := d.code("send-otp", n)
		a := d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, code))
		if a.Get("token_type") != "bearer" || a.Get("expires_in") != "86400" {
			t.Errorf("token: %s", a.Body)
		}
		me := device{d.As(a.Get("access_token")), t}.want(http.StatusOK, "GET", "/user/me", nil)
		if me.Get("mobile_number") != n || me.Get("name") != "" {
			t.Errorf("me: %s", me.Body)
		}
		if used := d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, code)); used.Get("detail") != "Invalid or expired OTP" {
			t.Errorf("used: %s", used.Body)
		}
		for _, shape := range []any{"", "12345", "1234567", "12345a", "１２３４５６", " 12345", nil, 123456} {
			d := p.anywhere()
			d.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/verify-otp", object{"mobile_number": n, "otp": shape})
		}
	})
}

func TestACodeLivesToItsLastMicrosecond(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, early, late := p.anywhere(), number(), number()
		a, b := d.code("send-otp", early), d.code("send-otp", late)
		time.Sleep(10*time.Minute - time.Microsecond)
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(early, a))
		time.Sleep(time.Microsecond)
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(late, b))
	})
}

func TestACodeOpensOnlyWhatItWasAskedFor(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.anywhere(), number()
		d.login(n)
		time.Sleep(time.Minute)
		in, reset := d.code("send-otp", n), d.code("forgot-password", n)
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, reset))
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/reset-password", object{"mobile_number": n, "otp": in, "new_password": "correct horse"})
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, in))
		d.want(http.StatusOK, "POST", "/auth/reset-password", object{"mobile_number": n, "otp": reset, "new_password": "correct horse"})
		other := number()
		code := d.code("send-otp", other)
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, code))
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(other, code))
	})
}
