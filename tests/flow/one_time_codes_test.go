package flow

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/tests/client"
)

// requestText requests a text message with a one-time code. The route is send-otp or
// forgot-password.
func (d device) requestText(route, number string) client.Response {
	d.Helper()
	return d.Want(http.StatusOK, "POST", "/auth/"+route, object{"mobile_number": number})
}

// requestCode requests a one-time code and returns it. The route is send-otp for a
// code to log in with, or forgot-password for a code to reset the password with.
func (d device) requestCode(route, number string) string {
	d.Helper()
	return d.requestText(route, number).Field("otp")
}

// loginWithCode logs in with a code and returns the device with its access token.
func (d device) loginWithCode(number, code string) device {
	d.Helper()
	return d.As(d.Want(http.StatusOK, "POST", "/auth/verify-otp", codeBody(number, code)).Field("access_token"))
}

// codeBody returns the body of POST /auth/verify-otp.
func codeBody(number, code string) object { return object{"mobile_number": number, "otp": code} }

// resetBody returns the body of POST /auth/reset-password.
func resetBody(number, code, password string) object {
	return object{"mobile_number": number, "otp": code, "new_password": password}
}

// wrongCode returns a code that is not equal to the code.
func wrongCode(code string) string { return code[:5] + string('0'+(code[5]-'0'+1)%10) }

// wantInvalidCode fails the test unless a login with the code is refused.
func (d device) wantInvalidCode(number, code string) client.Response {
	d.Helper()
	return d.wantError(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", codeBody(number, code))
}

// wantInvalidReset fails the test unless a password reset with the code is refused.
func (d device) wantInvalidReset(number, code string) {
	d.Helper()
	body := resetBody(number, code, "battery staple")
	d.wantError(http.StatusBadRequest, "invalid_otp", "POST", "/auth/reset-password", body)
}

func TestTheSameCodeIsSentAgainUntilItIsUsedOrExpires(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		first := d.requestText("send-otp", n)
		code := first.Field("otp")
		if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(code) || first.Field("message") == "" {
			t.Fatalf("response to the first request = %s, want a code of six digits and a message", first.Body)
		}
		checkFields(t, first, map[string]string{"expires_in": "600", "resend_in": "60"})
		to, _ := phone.Parse(n)
		if text, _ := p.outbox.Last(to); !strings.Contains(text, code) {
			t.Errorf("text message = %q, want it to contain the code %s", text, code)
		}
		time.Sleep(90 * time.Second)
		again := d.requestText("send-otp", n)
		checkFields(t, again, map[string]string{"otp": code, "expires_in": "510", "resend_in": "60"})
		if p.outbox.Count() != 2 {
			t.Errorf("%d text messages sent, want 2", p.outbox.Count())
		}
		d.loginWithCode(n, code)
		time.Sleep(time.Minute)
		afterUse := d.requestText("send-otp", n)
		checkFields(t, afterUse, map[string]string{"expires_in": "600"}) // a new code
		time.Sleep(10 * time.Minute)
		afterExpiry := d.requestText("send-otp", n)
		checkFields(t, afterExpiry, map[string]string{"expires_in": "600"}) // another new code
	})
}

func TestACodeLogsInOnceAndNeedsNoSignup(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		code := d.requestCode("send-otp", n)
		login := d.Want(http.StatusOK, "POST", "/auth/verify-otp", codeBody(n, code))
		checkFields(t, login, map[string]string{"token_type": "bearer", "expires_in": "86400"})
		me := d.As(login.Field("access_token")).Want(http.StatusOK, "GET", "/user/me", nil)
		checkFields(t, me, map[string]string{"mobile_number": n, "name": ""})
		again := d.wantInvalidCode(n, code)
		checkFields(t, again, map[string]string{"detail": "Invalid or expired OTP"})
	})
}

func TestMalformedCodesAreRefused(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		for _, code := range []any{"", "12345", "1234567", "12345a", "１２３４５６", " 12345", nil, 123456} {
			body := object{"mobile_number": client.Number(), "otp": code}
			p.newDevice().wantInvalidField("otp", "/auth/verify-otp", body)
		}
	})
}

func TestACodeExpiresAfterTenMinutes(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d, early, late := p.newDevice(), client.Number(), client.Number()
		earlyCode, lateCode := d.requestCode("send-otp", early), d.requestCode("send-otp", late)
		time.Sleep(10*time.Minute - time.Microsecond)
		d.loginWithCode(early, earlyCode)
		time.Sleep(time.Microsecond)
		d.wantInvalidCode(late, lateCode)
	})
}

func TestACodeIsOnlyValidForItsPurposeAndNumber(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		d.Login(n)
		time.Sleep(time.Minute)
		loginCode, resetCode := d.requestCode("send-otp", n), d.requestCode("forgot-password", n)
		d.wantInvalidCode(n, resetCode)
		d.wantInvalidReset(n, loginCode)
		d.loginWithCode(n, loginCode)
		d.Want(http.StatusOK, "POST", "/auth/reset-password", resetBody(n, resetCode, "correct horse"))
		other := client.Number()
		code := d.requestCode("send-otp", other)
		d.wantInvalidCode(n, code)
		d.loginWithCode(other, code)
	})
}
