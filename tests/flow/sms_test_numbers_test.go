package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/tests/client"
)

// Two test numbers. The time in a bubble starts on 2000-01-01: the first number is
// valid until the end of the next day, the second one has already expired.
const (
	testNumber        = "+15550100001"
	testCode          = "123456"
	expiredTestNumber = "+15550100002"
	expiredTestCode   = "654321"

	// testNumbers is the value of SMS_TEST_NUMBERS.
	testNumbers = testNumber + ":" + testCode + ":2000-01-02," +
		expiredTestNumber + ":" + expiredTestCode + ":1999-12-31"
)

// startWithTestNumbers starts a program in a bubble that has the two test numbers.
func startWithTestNumbers(t *testing.T, phones *fakePhones, variables ...string) *program {
	t.Helper()
	return startWithPhones(t, phones, append(variables, "SMS_TEST_NUMBERS", testNumbers)...)
}

// The code of a test number is fixed and is not sent. It must still be requested. A
// test number may be in a country that is not supported.
func TestATestNumberLogsInWithItsFixedCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newFakePhones()
		d := startWithTestNumbers(t, phones, "SMS_COUNTRIES", "IN").newDevice()
		d.wantInvalidCode(testNumber, testCode)
		signup := object{"mobile_number": testNumber, "name": "Ada"}
		d.Want(http.StatusCreated, "POST", "/auth/signup", signup)
		sent := d.requestText("send-otp", testNumber)
		checkFields(t, sent, map[string]string{"otp": "", "expires_in": "600", "resend_in": "60"})
		d.loginWithCode(testNumber, testCode).Want(http.StatusOK, "GET", "/user/me", nil)
		d.wantInvalidCode(testNumber, testCode)
		sleepUntil(midnight(2).Add(-time.Minute))
		d.requestText("forgot-password", testNumber)
		d.Want(http.StatusOK, "POST", "/auth/reset-password", resetBody(testNumber, testCode, "correct horse battery"))
		if n := phones.requests.Load(); n != 0 {
			t.Errorf("%d text messages sent, want none", n)
		}
		sleepUntil(midnight(2)) // now it is an ordinary number of another country
		d.wantInvalidRequest("POST", "/auth/send-otp", object{"mobile_number": testNumber})
	})
}

// After its last day a test number is an ordinary number, and a fixed code that was
// requested before is not valid any more.
func TestATestNumberExpiresAtTheEndOfItsLastDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newFakePhones()
		d := startWithTestNumbers(t, phones).newDevice()
		sleepUntil(midnight(2).Add(-90 * time.Second))
		checkFields(t, d.requestText("send-otp", testNumber), map[string]string{"expires_in": "90"})
		sleepUntil(midnight(2))
		d.wantInvalidCode(testNumber, testCode)
		for _, n := range []string{testNumber, expiredTestNumber} {
			d.requestText("send-otp", n)
			code := phones.nextCode(t, n)
			for _, fixed := range []string{testCode, expiredTestCode} {
				if fixed != code {
					d.wantInvalidCode(n, fixed)
				}
			}
			d.loginWithCode(n, code)
		}
	})
}

func TestATestNumberHasTheSameRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startWithTestNumbers(t, newFakePhones())
		checkRequest := func(name string, want int) {
			t.Helper()
			body := object{"mobile_number": testNumber}
			if status := p.newDevice().callStatus("POST", "/auth/send-otp", body); status != want {
				t.Fatalf("%s: status %d, want %d", name, status, want)
			}
		}
		d := p.newDevice()
		checkRequest("first request", http.StatusOK)
		checkRequest("second request without a pause", http.StatusTooManyRequests)
		for range 9 {
			time.Sleep(time.Minute)
			checkRequest("request after a minute", http.StatusOK)
		}
		time.Sleep(59 * time.Second)
		p.tryWrongCodes(otp.MaxAttempts, testNumber, testCode)
		d.wantInvalidCode(testNumber, testCode)
		time.Sleep(time.Second)
		checkRequest("eleventh request of a day", http.StatusTooManyRequests)
	})
}

func TestAFixedCodeIsNotValidForOtherNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones, n := newFakePhones(), client.Number()
		d := startWithTestNumbers(t, phones).newDevice()
		d.requestText("send-otp", n)
		if code := phones.nextCode(t, n); code != testCode {
			d.wantInvalidCode(n, testCode)
		}
	})
}

// The log tells operators at the start which test numbers are active and which have
// expired, also in production. It contains neither codes nor whole numbers.
func TestTestNumbersAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := smsHookConfig(t, "https://sms.example", "SECRET_KEY", canaryKey, "SMS_TEST_NUMBERS", testNumbers)
		c.Env = configs.Production
		p := start(t, c, boot.InProcess())
		d := p.newDevice()
		p.checkLogged("level=WARN", `msg="test number with a fixed code is active"`,
			"mobile_number="+masked(testNumber), "until=2000-01-03T00:00:00.000Z")
		p.checkLogged("level=WARN", `msg="test number has expired and can be removed from SMS_TEST_NUMBERS"`,
			"mobile_number="+masked(expiredTestNumber), "until=2000-01-01T00:00:00.000Z")
		d.requestText("send-otp", testNumber)
		d.loginWithCode(testNumber, testCode)
		p.checkNotLogged(&canaries{testCode, expiredTestCode, testNumber, expiredTestNumber})
	})
}
