package flow

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// account is a proven number that has a password, and its device.
func (p *program) account(password string) (device, string) {
	p.t.Helper()
	n := number()
	d := p.anywhere().login(n)
	d.want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": password})
	return d, n
}

// enter logs in with a password, from anywhere.
func (p *program) enter(number, password string) device {
	p.t.Helper()
	d := p.anywhere()
	a := d.want(http.StatusOK, "POST", "/auth/login", object{"mobile_number": number, "password": password})
	if a.Get("token_type") != "bearer" || a.Get("expires_in") != "86400" {
		p.t.Errorf("token: %s", a.Body)
	}
	return device{d.As(a.Get("access_token")), p.t}
}

// shut fails the test if a password opens anything.
func (p *program) shut(number, password string) {
	p.t.Helper()
	a := p.anywhere().refused(http.StatusUnauthorized, "invalid_credentials", "POST", "/auth/login", object{"mobile_number": number, "password": password})
	if a.Get("detail") != "Wrong number or password" || a.Header.Get("WWW-Authenticate") != "Bearer" {
		p.t.Errorf("refused: %v %s", a.Header, a.Body)
	}
}

func (d device) loggedIn() bool {
	d.t.Helper()
	a, err := d.Call("GET", "/user/me", nil)
	if err != nil || a.Status != http.StatusOK && a.Get("code") != "invalid_token" {
		d.t.Fatalf("me: %d %s, %v", a.Status, a.Body, err)
	}
	return a.Status == http.StatusOK
}

func TestLoginWithAPassword(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		_, n := p.account("correct horse")
		if me := p.enter(n, "correct horse").want(http.StatusOK, "GET", "/user/me", nil); me.Get("mobile_number") != n {
			t.Errorf("me: %s", me.Body)
		}
		for _, password := range []string{"", "Correct horse", "correct horse ", "correct hors", strings.Repeat("x", 1000)} {
			p.shut(n, password)
		}
		without, unproven := number(), number()
		p.anywhere().login(without)
		p.anywhere().want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": unproven})
		for _, n := range []string{without, unproven, number()} {
			p.shut(n, "")
			p.shut(n, "correct horse")
		}
	})
}

func TestTenGuessesAtAPasswordAnHour(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		_, n := p.account("correct horse")
		_, other := p.account("battery staple")
		for range 9 {
			p.shut(n, "a wrong guess")
		}
		time.Sleep(20 * time.Minute)
		p.shut(n, "a wrong guess")
		right := object{"mobile_number": n, "password": "correct horse"}
		a := p.anywhere().refused(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/login", right)
		if a.Header.Get("Retry-After") != "2400" {
			t.Errorf("Retry-After %s, want what is left of the hour", a.Header.Get("Retry-After"))
		}
		p.enter(other, "battery staple")
		time.Sleep(40*time.Minute - time.Microsecond)
		p.anywhere().refused(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/login", right)
		time.Sleep(time.Microsecond)
		p.enter(n, "correct horse")
	})
}

// Those who hold a token have no more guesses at its password than others.
func TestGuessesAtTheOldPasswordAreBudgeted(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, _ := p.account("correct horse")
		in := object{"old_password": "a wrong guess", "new_password": "battery staple"}
		for range 10 {
			d.refused(http.StatusBadRequest, "wrong_password", "POST", "/auth/change-password", in)
		}
		in["old_password"] = "correct horse"
		d.refused(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/change-password", in)
		time.Sleep(time.Hour)
		d.want(http.StatusOK, "POST", "/auth/change-password", in)
	})
}

func TestChangeOfAPassword(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		own, n := p.account("correct horse")
		other := p.enter(n, "correct horse")
		code := p.anywhere().code("forgot-password", n)
		for _, in := range []object{{"new_password": "battery staple"}, {"old_password": "a wrong guess", "new_password": "battery staple"}, {"old_password": "", "new_password": "battery staple"}} {
			own.refused(http.StatusBadRequest, "wrong_password", "POST", "/auth/change-password", in)
		}
		if !other.loggedIn() {
			t.Error("a refused change ended a session")
		}
		own.want(http.StatusOK, "POST", "/auth/change-password", object{"old_password": "correct horse", "new_password": "battery staple"})
		if !own.loggedIn() || other.loggedIn() {
			t.Errorf("own session alive: %v, other: %v", own.loggedIn(), other.loggedIn())
		}
		p.shut(n, "correct horse")
		p.enter(n, "battery staple")
		p.anywhere().refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/reset-password", object{"mobile_number": n, "otp": code, "new_password": "the thief's"})
		p.anywhere().refused(http.StatusUnauthorized, "not_authenticated", "POST", "/auth/change-password", object{"new_password": "battery staple"})
	})
}

func TestPasswordsHave8To128Characters(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		own, n := p.account("correct horse")
		for _, bad := range []any{"", "1234567", strings.Repeat("é", 129), "correct\x00horse", nil, 12345678} {
			for path, in := range map[string]object{
				"/auth/change-password": {"old_password": "correct horse", "new_password": bad},
				"/auth/reset-password":  {"mobile_number": n, "otp": "000000", "new_password": bad},
			} {
				a := own.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", path, in)
				if !strings.Contains(string(a.Body), `"field":"new_password"`) {
					t.Errorf("%s: %s does not name the field", path, a.Body)
				}
			}
		}
		old := "correct horse"
		for _, good := range []string{"éééééééé", strings.Repeat("é", 128), "  blanks count  "} {
			own.want(http.StatusOK, "POST", "/auth/change-password", object{"old_password": old, "new_password": good})
			p.enter(n, good)
			old = good
		}
	})
}

func TestResetSetsThePasswordAndEndsEverySession(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		one, n := p.account("correct horse")
		two := p.enter(n, "correct horse")
		stranger, _ := p.account("correct horse")
		code := p.anywhere().code("forgot-password", n)
		in := object{"mobile_number": n, "otp": code, "new_password": "short"}
		p.anywhere().refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/reset-password", in)
		in["new_password"] = "battery staple"
		if a := p.anywhere().want(http.StatusOK, "POST", "/auth/reset-password", in); a.Get("message") == "" || a.Get("access_token") != "" {
			t.Errorf("reset: %s", a.Body)
		}
		if one.loggedIn() || two.loggedIn() || !stranger.loggedIn() {
			t.Errorf("sessions alive: %v, %v; a stranger's: %v", one.loggedIn(), two.loggedIn(), stranger.loggedIn())
		}
		p.anywhere().refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/reset-password", in)
		p.shut(n, "correct horse")
		p.enter(n, "battery staple")
	})
}
