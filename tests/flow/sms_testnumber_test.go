package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/otp"
)

const (
	reviewer = "+15550100001"
	fixed    = "123456"
)

// reviewed starts a program in a bubble, on 2000-01-01, that has a test number
// until the end of the next day and one that has been over since before the bubble.
func reviewed(t *testing.T, to *phones, variables ...string) *program {
	t.Helper()
	return texting(t, to, append(variables, "SMS_TEST_NUMBERS", reviewer+":"+fixed+":2000-01-02,+15550100002:654321:1999-12-31")...)
}

// Until its last day is over a test number's code logs it in, with no phone in
// reach of it, and not without having been asked for.
func TestATestNumberLogsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newPhones()
		p := reviewed(t, phones, "SMS_COUNTRIES", "IN")
		d := p.anywhere()
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(reviewer, fixed))
		d.want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": reviewer, "name": "Ada"})
		a := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": reviewer})
		if a.Get("otp") != "" || a.Get("expires_in") != "600" || a.Get("resend_in") != "60" {
			t.Errorf("answered otherwise than any number: %s", a.Body)
		}
		token := d.want(http.StatusOK, "POST", "/auth/verify-otp", try(reviewer, fixed)).Get("access_token")
		device{d.As(token), t}.want(http.StatusOK, "GET", "/user/me", nil)
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(reviewer, fixed))
		until(midnight(2).Add(-time.Minute))
		d.want(http.StatusOK, "POST", "/auth/forgot-password", object{"mobile_number": reviewer})
		d.want(http.StatusOK, "POST", "/auth/reset-password", object{"mobile_number": reviewer, "otp": fixed, "new_password": "correct horse battery"})
		if n := phones.asked.Load(); n != 0 {
			t.Errorf("%d texts were sent", n)
		}
		until(midnight(2))
		d.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/send-otp", object{"mobile_number": reviewer}) // of no country that is served
	})
}

// When its last day is over, a test number is one like any other, also for a
// code that was asked for before.
func TestATestNumberIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newPhones()
		p := reviewed(t, phones)
		d := p.anywhere()
		until(midnight(2).Add(-90 * time.Second))
		if a := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": reviewer}); a.Get("expires_in") != "90" {
			t.Errorf("the code outlives the number: %s", a.Body)
		}
		until(midnight(2))
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(reviewer, fixed))
		for _, n := range []string{reviewer, "+15550100002"} {
			d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
			code := phones.code(t, n)
			for _, dead := range []string{fixed, "654321"} {
				if dead != code {
					d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, dead))
				}
			}
			d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, code))
		}
	})
}

// A fixed code has no more attempts than any, and a test number no more codes.
func TestATestNumberHasTheSameLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := reviewed(t, newPhones())
		ask := func() int {
			return p.anywhere().status("POST", "/auth/send-otp", object{"mobile_number": reviewer})
		}
		d := p.anywhere()
		if status := ask(); status != http.StatusOK {
			t.Fatalf("answered %d", status)
		}
		if status := ask(); status != http.StatusTooManyRequests {
			t.Errorf("asked again at once: %d", status)
		}
		for range otp.MaxAttempts {
			d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(reviewer, "000000"))
		}
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(reviewer, fixed))
		for range 4 {
			time.Sleep(time.Minute)
			if status := ask(); status != http.StatusOK {
				t.Errorf("asked again: %d", status)
			}
		}
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(reviewer, fixed)) // asking wins no new guesses
		time.Sleep(time.Minute)
		if status := ask(); status != http.StatusTooManyRequests {
			t.Errorf("asked for a sixth time in an hour: %d", status)
		}
	})
}

// Another's code is not the test number's.
func TestAFixedCodeIsOfItsNumberAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones, n := newPhones(), number()
		p := reviewed(t, phones)
		d := p.anywhere()
		d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		if code := phones.code(t, n); code != fixed {
			d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, fixed))
		}
	})
}

// The log says at the start which fixed codes there are, and which are over, and
// neither codes nor whole numbers; production has them, too.
func TestTestNumbersAreInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conf := hooked(t, "https://sms.example", "SECRET_KEY", canaryKey, "SMS_TEST_NUMBERS", reviewer+":"+fixed+":2000-01-02,+15550100002:654321:1999-12-31")
		conf.Env = configs.Production
		p := start(t, conf, boot.InProcess())
		d := p.anywhere()
		p.logged("level=WARN", `msg="a fixed code logs a test number in"`, "mobile_number="+masked(reviewer), "until=2000-01-03T00:00:00.000Z")
		p.logged("level=WARN", `msg="a test number is over and can be taken out of SMS_TEST_NUMBERS"`, "mobile_number="+masked("+15550100002"), "until=2000-01-01T00:00:00.000Z")
		d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": reviewer})
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(reviewer, fixed))
		secrets := canaries{fixed, "654321", reviewer, "+15550100002"}
		if found := secrets.in(p.log.String()); found != "" {
			t.Errorf("the log holds %q:\n%s", found, p.log)
		}
	})
}
