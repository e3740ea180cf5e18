package flow

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/tests/client"
)

// inBubbleOfDeveloper runs a test as inBubble does, with the rate limits that a program
// without any configuration has.
func inBubbleOfDeveloper(t *testing.T, test func(t *testing.T, p *program)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, start(t, config(t, "RATE_LIMITS", ""), boot.InProcess()))
	})
}

func TestInDevelopmentANumberGetsACodeASecond(t *testing.T) {
	inBubbleOfDeveloper(t, func(t *testing.T, p *program) {
		d, body := p.newDevice(), object{"mobile_number": client.Number()}
		for _, route := range []string{"/auth/send-otp", "/auth/forgot-password"} {
			for range 200 {
				sent := d.Want(http.StatusOK, "POST", route, body)
				checkFields(t, sent, map[string]string{"resend_in": "1"})
				d.wantRateLimited("1", route, body)
				time.Sleep(time.Second)
			}
		}
	})
}

// Nothing limits 500 people who sign up and log in from one address within a minute, with
// numbers of one block.
func TestInDevelopmentAnAddressMaySignUpAndLogInOften(t *testing.T) {
	inBubbleOfDeveloper(t, func(_ *testing.T, p *program) {
		d := p.newDevice()
		for i := range 500 {
			number := fmt.Sprintf("+491512%06d", 300000+i)
			d.Want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": number})
			d.Login(number)
			time.Sleep(100 * time.Millisecond)
		}
	})
}

func TestRateLimitsOfProductionCanBeSetInDevelopment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "RATE_LIMITS", "production"), boot.InProcess())
		d, body := p.newDevice(), object{"mobile_number": client.Number()}
		checkFields(t, d.Want(http.StatusOK, "POST", "/auth/send-otp", body), map[string]string{"resend_in": "60"})
		d.wantRateLimited("60", "/auth/send-otp", body)
	})
}

// A development server that sends SMS has the limits of production, because strangers
// could spend the money of the developer.
func TestARealSMSSenderHasTheRateLimitsOfProduction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startWithPhones(t, newFakePhones(), "RATE_LIMITS", "")
		d, body := p.newDevice(), object{"mobile_number": "+12025550100"}
		checkFields(t, d.Want(http.StatusOK, "POST", "/auth/send-otp", body), map[string]string{"resend_in": "60"})
		d.wantRateLimited("60", "/auth/send-otp", body)
		d.useUpSignups()
		if !d.signupsLimited() {
			t.Error("the signup after 30 from one address is allowed, want it rate limited")
		}
	})
}

// Guesses are limited as in production, so that an app meets the same errors.
func TestInDevelopmentGuessesAreLimitedAsInProduction(t *testing.T) {
	inBubbleOfDeveloper(t, func(_ *testing.T, p *program) {
		d, number := p.newDevice(), client.Number()
		code := d.requestCode("send-otp", number)
		for range otp.MaxAttempts {
			d.wantInvalidCode(number, wrongCode(code))
		}
		p.newDevice().wantInvalidCode(number, code) // it has no attempts left
		for range 3 {
			d.wantRateLimited("1800", "/auth/verify-otp", codeBody(number, code))
			time.Sleep(30 * time.Minute)
			d.wantInvalidCode(number, wrongCode(d.requestCode("send-otp", number)))
		}
		guess := object{"mobile_number": number, "password": "a wrong guess"}
		for range 4 {
			d.wantError(http.StatusUnauthorized, "invalid_credentials", "POST", "/auth/login", guess)
		}
		d.wantRateLimited("3600", "/auth/login", guess)
	})
}
