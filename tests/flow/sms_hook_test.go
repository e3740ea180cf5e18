package flow

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/tests/client"
)

// With a real sender, a code is neither in the response nor in the log.
func TestCodesAreOnlySentToThePhone(t *testing.T) {
	phones := newFakePhones()
	server := httptest.NewServer(phones)
	t.Cleanup(server.Close)
	p := start(t, smsHookConfig(t, server.URL))
	d, n, secrets := p.tcpDevice(), client.Number(), &canaries{}
	requestCode := func(route string) string {
		r := d.requestText(route, n)
		code := secrets.add(phones.nextCode(t, n))
		checkNoCode(t, r, secrets)
		return code
	}
	d.loginWithCode(n, requestCode("send-otp")).Want(http.StatusOK, "GET", "/user/me", nil)
	reset := resetBody(n, requestCode("forgot-password"), "correct horse battery")
	d.Want(http.StatusOK, "POST", "/auth/reset-password", reset)
	if got := p.outbox.Count(); got != 0 {
		t.Errorf("the outbox of the fake has %d text messages, want none", got)
	}
	p.stop()
	secrets.add(hookSecret)
	secrets.add(n)
	p.checkNotLogged(secrets)
	p.checkLogged(`msg="sms sent"`, "mobile_number="+masked(n))
}

// checkNoCode checks that a response does not contain a code.
func checkNoCode(t *testing.T, r client.Response, secrets *canaries) {
	t.Helper()
	if r.Field("otp") != "" || secrets.findIn(string(r.Body)) != "" {
		t.Errorf("the response contains the code: %s", r.Body)
	}
}

// checkNotLogged checks that the log contains none of the secrets.
func (p *program) checkNotLogged(secrets *canaries) {
	p.t.Helper()
	log := p.Log.String()
	if found := secrets.findIn(log); found != "" {
		p.t.Errorf("the log contains %q:\n%s", found, log)
	}
}

// All routes that send SMS refuse a number in the same way if it cannot receive SMS
// or is in another country. A refused request does not use up a rate limit.
func TestUnreachableNumbersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newFakePhones()
		p := startWithPhones(t, phones, "SMS_COUNTRIES", "US, in")
		for number, rule := range map[string]string{
			"+121255501":     "must be a possible number",
			"+99999999999":   "must be a possible number",
			"+447400123456":  "must be in a supported country",
			"+14165550123":   "must be in a supported country",
			"+88213123456":   "must be in a supported country",
			"+091-987654321": "must be E.164: + and 8 to 15 digits",
		} {
			d := p.newDevice()
			for range 7 {
				for _, route := range []string{"send-otp", "forgot-password", "signup"} {
					d.checkNumberRefused("/auth/"+route, number, rule)
				}
			}
		}
		d := p.newDevice()
		for range 25 { // more than the 20 an hour of a prefix
			d.wantInvalidRequest("POST", "/auth/send-otp", object{"mobile_number": "+1212555012345"})
		}
		for _, number := range []string{"+12125550123", "+919876543210"} {
			d.requestText("send-otp", number)
			d.loginWithCode(number, phones.nextCode(t, number))
		}
		if n := phones.requests.Load(); n != 2 {
			t.Errorf("%d text messages sent, want 2", n)
		}
	})
}

// checkNumberRefused checks that a number is refused because it breaks a rule.
func (d device) checkNumberRefused(path, number, rule string) {
	d.Helper()
	r := d.wantInvalidRequest("POST", path, object{"mobile_number": number})
	var problem struct{ Errors []map[string]string }
	if err := r.Decode(&problem); err != nil {
		d.Fatalf("decode the error: %v", err)
	}
	want := []map[string]string{{"field": "mobile_number", "rule": rule}}
	if diff := cmp.Diff(want, problem.Errors); diff != "" {
		d.Errorf("errors of %s for %s (-want +got):\n%s", path, number, diff)
	}
}

// While the hook is down, requests do not wait for it, and known and unknown numbers
// still get the same response. The SMS is sent when the hook is up again.
func TestRequestsDoNotWaitForTheHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newFakePhones()
		p := startWithPhones(t, phones)
		d, known, unknown := p.newDevice(), client.Number(), client.Number()
		d.requestText("send-otp", known)
		d.loginWithCode(known, phones.nextCode(t, known))
		phones.down.Store(true)
		began := time.Now()
		responses := map[string]bool{}
		for _, n := range []string{known, unknown} {
			responses[string(d.requestText("forgot-password", n).Body)] = true
		}
		checkElapsed(t, began, 0, 0)
		if len(responses) != 1 {
			t.Errorf("the responses for a known and an unknown number differ: %v", responses)
		}
		time.Sleep(30 * time.Second) // 4 attempts
		phones.down.Store(false)
		reset := resetBody(known, phones.nextCode(t, known), "correct horse battery")
		d.Want(http.StatusOK, "POST", "/auth/reset-password", reset)
		checkElapsed(t, began, 40*time.Second, 40*time.Second)
		if n := phones.requests.Load(); n != 6 {
			t.Errorf("%d requests to the hook, want 6: two that succeeded and four that failed", n)
		}
	})
}

// startWithTextInFlight starts a program that tries to send a text message to a
// number while the hook is down.
func startWithTextInFlight(t *testing.T) (p *program, phones *fakePhones, number string) {
	t.Helper()
	phones, number = newFakePhones(), client.Number()
	p = startWithPhones(t, phones)
	phones.down.Store(true)
	p.newDevice().requestText("send-otp", number)
	return p, phones, number
}

func TestShutdownWaitsUntilTheHookIsUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, phones, n := startWithTextInFlight(t)
		time.AfterFunc(10*time.Second, func() { phones.down.Store(false) })
		p.stop()
		if code := phones.nextCode(t, n); len(code) != 6 {
			t.Errorf("code in the text message = %q, want six digits", code)
		}
	})
}

// The courier stops one second before the deadline, so that the parts of the program
// that stop after it have time.
func TestShutdownDropsTextMessagesThatCannotBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, _ := startWithTextInFlight(t)
		ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
		defer cancel()
		began := time.Now()
		if err := p.Stop(ctx); err == nil || !strings.Contains(err.Error(), "sms dropped at shutdown: 1") {
			t.Errorf("error of the shutdown = %v, want one dropped SMS", err)
		}
		checkElapsed(t, began, 24*time.Second, 24*time.Second)
	})
}
