package flow

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// loginBody returns the body of POST /auth/login.
func loginBody(number, password string) object {
	return object{"mobile_number": number, "password": password}
}

// passwordChange returns the body of POST /auth/change-password.
func passwordChange(oldPassword, newPassword string) object {
	return object{"old_password": oldPassword, "new_password": newPassword}
}

// newAccount creates a user with a password. It returns a device that is logged in,
// and the user's number.
func (p *program) newAccount(password string) (device, string) {
	p.t.Helper()
	n := client.Number()
	d := p.newDevice().Login(n)
	d.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": password})
	return d, n
}

// loginWithPassword returns a new device that is logged in with a password.
func (p *program) loginWithPassword(number, password string) device {
	p.t.Helper()
	d := p.newDevice()
	r := d.Want(http.StatusOK, "POST", "/auth/login", loginBody(number, password))
	checkFields(p.t, r, map[string]string{"token_type": "bearer", "expires_in": "86400"})
	return d.As(r.Field("access_token"))
}

// checkWrongPassword checks that a login from a new device is refused.
func (p *program) checkWrongPassword(number, password string) {
	p.t.Helper()
	body := loginBody(number, password)
	r := p.newDevice().wantError(http.StatusUnauthorized, "invalid_credentials", "POST", "/auth/login", body)
	checkFields(p.t, r, map[string]string{"detail": "Wrong number or password"})
	if got := r.Header.Get("WWW-Authenticate"); got != "Bearer" {
		p.t.Errorf("WWW-Authenticate of a refused login = %q, want Bearer", got)
	}
}

// isLoggedIn reports whether the device's token is still valid.
func (d device) isLoggedIn() bool {
	d.Helper()
	r := d.call("GET", "/user/me", nil)
	if r.Status != http.StatusOK && r.Field("code") != "invalid_token" {
		d.Fatalf("GET /user/me: response %d %s, want status 200 or error code invalid_token", r.Status, r.Body)
	}
	return r.Status == http.StatusOK
}

// checkLoggedIn checks whether the device's token is still valid.
func (d device) checkLoggedIn(name string, want bool) {
	d.Helper()
	if got := d.isLoggedIn(); got != want {
		d.Errorf("%s is logged in: %v, want %v", name, got, want)
	}
}

func TestLoginWithAPassword(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		_, n := p.newAccount("correct horse")
		me := p.loginWithPassword(n, "correct horse").Want(http.StatusOK, "GET", "/user/me", nil)
		checkFields(t, me, map[string]string{"mobile_number": n})
		wrong := []string{"", "Correct horse", "correct horse ", "correct hors", strings.Repeat("x", 1000)}
		for _, password := range wrong {
			p.checkWrongPassword(n, password)
		}
		withoutPassword, unproven := client.Number(), client.Number()
		p.newDevice().Login(withoutPassword)
		p.newDevice().Want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": unproven})
		for _, n := range []string{withoutPassword, unproven, client.Number()} {
			p.checkWrongPassword(n, "")
			p.checkWrongPassword(n, "correct horse")
		}
	})
}

func TestTenWrongPasswordsAnHourForEachNumber(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		_, n := p.newAccount("correct horse")
		_, other := p.newAccount("battery staple")
		for range 9 {
			p.checkWrongPassword(n, "a wrong guess")
		}
		time.Sleep(20 * time.Minute)
		p.checkWrongPassword(n, "a wrong guess")
		right := loginBody(n, "correct horse")
		p.newDevice().wantRateLimited("2400", "/auth/login", right) // the rest of the hour
		p.loginWithPassword(other, "battery staple")
		time.Sleep(40*time.Minute - time.Microsecond)
		p.newDevice().wantRateLimited("1", "/auth/login", right)
		time.Sleep(time.Microsecond)
		p.loginWithPassword(n, "correct horse")
	})
}

// Seven of the ten guesses are kept for networks that have not guessed in the last day.
func TestFourWrongPasswordsAnHourForEachNetwork(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		_, n := p.newAccount("correct horse")
		d, guess := p.newDevice(), object{"mobile_number": n, "password": "a wrong guess"}
		for range 4 {
			d.wantError(http.StatusUnauthorized, "invalid_credentials", "POST", "/auth/login", guess)
		}
		d.wantRateLimited("3600", "/auth/login", guess)
		p.loginWithPassword(n, "correct horse")
		time.Sleep(time.Hour)
		for range 3 { // the network is no newcomer yet
			d.wantError(http.StatusUnauthorized, "invalid_credentials", "POST", "/auth/login", guess)
		}
		d.wantRateLimited("3600", "/auth/login", guess)
	})
}

func TestTenWrongOldPasswordsAnHourForEachUser(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d, _ := p.newAccount("correct horse")
		for range 10 {
			d.wantWrongOldPassword(passwordChange("a wrong guess", "battery staple"))
		}
		change := passwordChange("correct horse", "battery staple")
		d.wantError(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/change-password", change)
		time.Sleep(time.Hour)
		d.Want(http.StatusOK, "POST", "/auth/change-password", change)
	})
}

// wantWrongOldPassword fails the test unless the password change is refused.
func (d device) wantWrongOldPassword(change object) {
	d.Helper()
	d.wantError(http.StatusBadRequest, "wrong_password", "POST", "/auth/change-password", change)
}

// Other sessions and codes end, because they may belong to a thief.
func TestAPasswordChangeEndsOtherSessionsAndCodes(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		own, n := p.newAccount("correct horse")
		other := p.loginWithPassword(n, "correct horse")
		code := p.newDevice().requestCode("forgot-password", n)
		own.wantWrongOldPassword(object{"new_password": "battery staple"})
		own.wantWrongOldPassword(passwordChange("a wrong guess", "battery staple"))
		own.wantWrongOldPassword(passwordChange("", "battery staple"))
		other.checkLoggedIn("the other session after refused changes", true)
		own.Want(http.StatusOK, "POST", "/auth/change-password", passwordChange("correct horse", "battery staple"))
		own.checkLoggedIn("the session that changed the password", true)
		other.checkLoggedIn("the other session", false)
		p.checkWrongPassword(n, "correct horse")
		p.loginWithPassword(n, "battery staple")
		p.newDevice().wantInvalidReset(n, code)
	})
}

func TestAPasswordChangeNeedsALogin(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		change := object{"new_password": "battery staple"}
		d := p.newDevice()
		d.wantError(http.StatusUnauthorized, "not_authenticated", "POST", "/auth/change-password", change)
	})
}

func TestPasswordsHave8To128Characters(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		own, n := p.newAccount("correct horse")
		for _, invalid := range []any{"", "1234567", strings.Repeat("é", 129), "correct\x00horse", nil, 12345678} {
			change := object{"old_password": "correct horse", "new_password": invalid}
			own.wantInvalidField("new_password", "/auth/change-password", change)
			reset := object{"mobile_number": n, "otp": "000000", "new_password": invalid}
			own.wantInvalidField("new_password", "/auth/reset-password", reset)
		}
		current := "correct horse"
		for _, valid := range []string{"éééééééé", strings.Repeat("é", 128), "  blanks count  "} {
			own.Want(http.StatusOK, "POST", "/auth/change-password", passwordChange(current, valid))
			p.loginWithPassword(n, valid)
			current = valid
		}
	})
}

func TestAPasswordResetEndsAllSessionsAndLogsNobodyIn(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		first, n := p.newAccount("correct horse")
		second := p.loginWithPassword(n, "correct horse")
		stranger, _ := p.newAccount("correct horse")
		code := p.newDevice().requestCode("forgot-password", n)
		p.newDevice().wantInvalidRequest("POST", "/auth/reset-password", resetBody(n, code, "short"))
		reset := p.newDevice().Want(http.StatusOK, "POST", "/auth/reset-password", resetBody(n, code, "battery staple"))
		if reset.Field("message") == "" || reset.Field("access_token") != "" {
			t.Errorf("response to the reset = %s, want a message and no token", reset.Body)
		}
		first.checkLoggedIn("the first session", false)
		second.checkLoggedIn("the second session", false)
		stranger.checkLoggedIn("the session of another user", true)
		p.newDevice().wantInvalidReset(n, code)
		p.checkWrongPassword(n, "correct horse")
		p.loginWithPassword(n, "battery staple")
	})
}
