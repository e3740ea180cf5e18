package flow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// A signup does not tell whether the number has an account, and does not change an account.
func TestSignupIsTheSameForNewAndKnownNumbers(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		signup := func(name string) string {
			body := object{"mobile_number": n, "name": name}
			return string(d.Want(http.StatusCreated, "POST", "/auth/signup", body).Body)
		}
		first := signup("Eve")
		if again := signup("Ada"); again != first {
			t.Errorf("second signup of a number: response %s, want %s as the first time", again, first)
		}
		ada := d.Login(n)
		before := string(ada.Want(http.StatusOK, "GET", "/user/me", nil).Body)
		if proven := signup("Eve"); proven != first {
			t.Errorf("signup of a proven number: response %s, want %s as the first time", proven, first)
		}
		after := string(ada.Want(http.StatusOK, "GET", "/user/me", nil).Body)
		if after != before || !strings.Contains(after, `"Ada"`) {
			t.Errorf("account after another signup = %s, want it unchanged: %s", after, before)
		}
		if p.outbox.Count() != 1 {
			t.Errorf("%d text messages sent, want 1 for the login and none for signups", p.outbox.Count())
		}
	})
}

func TestNamesAreTrimmedAndValidatedAtSignup(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		longest := strings.Repeat("é", 100)
		for name, want := range map[string]string{"  Ada Lovelace\t": "Ada Lovelace", longest: longest, "a": "a"} {
			d, n := p.newDevice(), client.Number()
			d.Want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": name})
			if got := d.Login(n).Want(http.StatusOK, "GET", "/user/me", nil).Field("name"); got != want {
				t.Errorf("name after a signup as %q = %q, want %q", name, got, want)
			}
		}
		for _, name := range []any{"   ", strings.Repeat("é", 101), "A\x00da", nil, 7, []string{"Ada"}} {
			body := object{"mobile_number": client.Number(), "name": name}
			p.newDevice().wantInvalidField("name", "/auth/signup", body)
		}
	})
}

func TestPhoneNumbersAreAcceptedWithPunctuation(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		const want = "+12025550100"
		d := p.newDevice()
		body := object{"mobile_number": " +1 (202) 555-0100 "}
		if got := d.Want(http.StatusCreated, "POST", "/auth/signup", body).Field("mobile_number"); got != want {
			t.Errorf("mobile_number after the signup = %q, want %q", got, want)
		}
		me := d.Login("+1 202 555 0100").Want(http.StatusOK, "GET", "/user/me", nil)
		if got := me.Field("mobile_number"); got != want {
			t.Errorf("mobile_number of the user = %q, want %q", got, want)
		}
	})
}

func TestInvalidPhoneNumbersAreRefused(t *testing.T) {
	invalid := []any{
		"", "12025550100", "+1202555", "+1234567890123456", "+02025550100", "+1202555010a", "+１２０２５５５０１００",
		"++12025550100", strings.Repeat(" ", 64) + "+12025550100", nil, 12025550100,
	}
	inBubble(t, func(_ *testing.T, p *program) {
		for path, body := range map[string]object{
			"/auth/signup":          {},
			"/auth/send-otp":        {},
			"/auth/forgot-password": {},
			"/auth/verify-otp":      {"otp": "123456"},
			"/auth/login":           {"password": "correct horse"},
			"/auth/reset-password":  {"otp": "123456", "new_password": "correct horse"},
		} {
			for _, number := range invalid {
				body["mobile_number"] = number
				p.newDevice().wantInvalidField("mobile_number", path, body)
			}
		}
	})
}
