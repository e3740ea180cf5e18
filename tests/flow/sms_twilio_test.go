package flow

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	twilioAccount  = "AC0123456789abcdef0123456789abcdef"
	twilioToken    = "canarytoken0123456789abcdef"
	twilioFrom     = "+15005550006"
	twilioMessages = "/2010-04-01/Accounts/" + twilioAccount + "/Messages.json"
)

// fakeTwilio is a fake of Twilio's Messages API. It keeps the text messages that the
// phones would get.
type fakeTwilio struct {
	*fakePhones
	errorCode atomic.Int32 // if not 0, every message is refused with this code of Twilio
}

// ServeHTTP is the Messages API. Its error messages contain the number and the text,
// which must not be logged.
func (f *fakeTwilio) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.requests.Add(1)
	account, token, _ := r.BasicAuth()
	to, text := r.PostFormValue("To"), r.PostFormValue("Body")
	respond := func(status, code int) {
		w.WriteHeader(status)
		message := "The 'To' number " + to + " is not for " + text
		_ = json.NewEncoder(w).Encode(object{"status": status, "code": code, "message": message})
	}
	switch {
	case r.URL.Path != twilioMessages || account != twilioAccount || token != twilioToken:
		respond(http.StatusUnauthorized, 20003)
	case f.down.Load():
		respond(http.StatusServiceUnavailable, 20503)
	case f.errorCode.Load() != 0:
		respond(http.StatusBadRequest, int(f.errorCode.Load()))
	case r.PostFormValue("From") != twilioFrom:
		respond(http.StatusBadRequest, 21606)
	default:
		respond(http.StatusCreated, 0)
		f.texts <- sms{To: to, Text: text}
	}
}

// newFakeTwilio starts a fake Twilio, and returns it with a configuration that uses it.
func newFakeTwilio(t *testing.T, variables ...string) (*fakeTwilio, configs.Config) {
	t.Helper()
	f := &fakeTwilio{fakePhones: newFakePhones()}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, config(t, append(variables,
		"TWILIO_ACCOUNT_SID", twilioAccount,
		"TWILIO_AUTH_TOKEN", twilioToken,
		"TWILIO_FROM", twilioFrom,
		"TWILIO_API_BASE", server.URL,
	)...)
}

func TestCodesAreOnlySentToThePhoneThroughTwilio(t *testing.T) {
	twilio, c := newFakeTwilio(t, "METRICS_ADDR", "127.0.0.1:0")
	p := start(t, c)
	d, n, secrets := p.tcpDevice(), client.Number(), &canaries{}
	r := d.requestText("send-otp", n)
	code := secrets.add(twilio.nextCode(t, n))
	checkNoCode(t, r, secrets)
	d.loginWithCode(n, code)
	p.checkMetrics(map[string]float64{
		`parley_sms_total{outcome="sent"}`:                       1,
		`parley_sms_tries_total{outcome="sent",sender="twilio"}`: 1,
	})
	p.stop()
	secrets.add(twilioToken)
	secrets.add(n)
	p.checkNotLogged(secrets)
	p.checkLogged(`msg="sms sent"`, "sender=twilio", "mobile_number="+masked(n))
}

// The hook sends the SMS while Twilio is down, and when Twilio refuses an SMS that
// another sender may accept. It does not send to numbers that cannot receive SMS.
func TestTheHookIsTheFallbackOfTwilio(t *testing.T) {
	const (
		noPermission = 21408 // Twilio may not send to this country
		notMobile    = 21614 // the number cannot receive SMS
	)
	hook := newFakePhones()
	server := httptest.NewServer(hook)
	t.Cleanup(server.Close)
	twilio, c := newFakeTwilio(t,
		"SMS_HOOK_URL", server.URL, "SMS_HOOK_SECRET", hookSecret, "METRICS_ADDR", "127.0.0.1:0")
	p := start(t, c)
	d, secrets := p.tcpDevice(), &canaries{}
	request := func() string {
		n := secrets.add(client.Number())
		d.requestText("send-otp", n)
		return n
	}
	checkSentBy := func(phones *fakePhones) {
		t.Helper()
		n := request()
		d.loginWithCode(n, secrets.add(phones.nextCode(t, n)))
	}
	checkSentBy(twilio.fakePhones)
	twilio.errorCode.Store(noPermission)
	checkSentBy(hook)
	twilio.errorCode.Store(notMobile)
	request()
	p.checkMetrics(map[string]float64{`parley_sms_tries_total{outcome="invalid",sender="twilio"}`: 1})
	twilio.down.Store(true)
	checkSentBy(hook)
	p.checkMetrics(map[string]float64{
		`parley_sms_total{outcome="sent"}`:                          4,
		`parley_sms_tries_total{outcome="sent",sender="twilio"}`:    1,
		`parley_sms_tries_total{outcome="refused",sender="twilio"}`: 1,
		`parley_sms_tries_total{outcome="invalid",sender="twilio"}`: 1,
		`parley_sms_tries_total{outcome="failed",sender="twilio"}`:  1,
		`parley_sms_tries_total{outcome="sent",sender="hook"}`:      2,
	})
	p.stop()
	p.checkNotLogged(secrets)
	for _, want := range []string{
		"twilio answered 400, error 21408",
		"twilio answered 400, error 21614",
		"twilio answered 503, error 20503",
	} {
		if !strings.Contains(p.Log.String(), want) {
			t.Errorf("the log does not contain %q:\n%s", want, p.Log)
		}
	}
}

// The text is in the language of the number's country. Its last line lets the browser
// (WebOTP) and the Android app of the phone read the code.
func TestTextMessagesAreInTheLanguageOfTheNumber(t *testing.T) {
	twilio, c := newFakeTwilio(t, "SMS_WEBOTP_DOMAIN", "app.example.com", "SMS_ANDROID_HASH", "FA+9qCX9VSu")
	d := start(t, c).tcpDevice()
	for number, want := range map[string]string{
		"+4915112345678": "# ist Ihr Parley-Code. Er gilt 10 Minuten. Geben Sie ihn niemandem.",
		"+919876543210":  "# आपका Parley कोड है।",
		"+447400123456":  "# is your Parley code. It works for 10 minutes. Never share it with anybody.",
		"+34612345678":   "# es tu clave de Parley. Vale 10 minutos. No la compartas.",
	} {
		d.Want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": number}, "Accept-Language", "fr")
		text := (<-twilio.texts).Text
		code := text[:6]
		want += "\n@app.example.com ## FA+9qCX9VSu"
		if got := strings.ReplaceAll(text, code, "#"); got != want {
			t.Errorf("text message to %s = %q, want %q", number, got, want)
		}
		d.loginWithCode(number, code)
	}
}
