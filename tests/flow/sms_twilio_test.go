package flow

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/configs"
)

const (
	twilioAccount = "AC0123456789abcdef0123456789abcdef"
	twilioToken   = "canarytoken0123456789abcdef"
	twilioFrom    = "+15005550006"
)

// twilioPhones are Twilio's Messages API and all phones behind it.
type twilioPhones struct {
	*phones
	refuses atomic.Int32 // every text, with this code of Twilio's
}

func (p *twilioPhones) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	user, password, _ := r.BasicAuth()
	to, text := r.PostFormValue("To"), r.PostFormValue("Body")
	say := func(status, code int) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(object{"status": status, "code": code, "message": "The 'To' number " + to + " is not for " + text})
	}
	switch {
	case r.URL.Path != "/2010-04-01/Accounts/"+twilioAccount+"/Messages.json" || user != twilioAccount || password != twilioToken:
		say(http.StatusUnauthorized, 20003)
	case p.down.Load():
		say(http.StatusServiceUnavailable, 20503)
	case p.refuses.Load() != 0:
		say(http.StatusBadRequest, int(p.refuses.Load()))
	case r.PostFormValue("From") != twilioFrom:
		say(http.StatusBadRequest, 21606)
	default:
		say(http.StatusCreated, 0)
		p.texts <- sms{to, text}
	}
}

// twilioed is a configuration that sends texts by a Twilio of the test's own.
func twilioed(t *testing.T, variables ...string) (*twilioPhones, configs.Config) {
	t.Helper()
	p := &twilioPhones{phones: newPhones()}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, config(t, append([]string{"TWILIO_ACCOUNT_SID", twilioAccount, "TWILIO_AUTH_TOKEN", twilioToken, "TWILIO_FROM", twilioFrom, "TWILIO_API_BASE", server.URL}, variables...)...)
}

func TestCodesGoToThePhoneByTwilio(t *testing.T) {
	phones, conf := twilioed(t, "METRICS_ADDR", "127.0.0.1:0")
	p := start(t, conf)
	d, n, c := p.device(), number(), &canaries{}
	a := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
	code := c.add(phones.code(t, n))
	if a.Get("otp") != "" || c.in(string(a.Body)) != "" {
		t.Errorf("the answer tells the code: %s", a.Body)
	}
	d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, code))
	p.counts(map[string]float64{`parley_sms_total{outcome="sent"}`: 1, `parley_sms_tries_total{outcome="sent",sender="twilio"}`: 1})
	p.stop()
	c.add(twilioToken)
	c.add(n)
	if found := c.in(p.log.String()); found != "" {
		t.Errorf("the log holds %q:\n%s", found, p.log)
	}
	p.logged(`msg="sms handed over"`, "sender=twilio", "mobile_number="+masked(n))
}

// While Twilio is down, or does not take a text that another might, the hook
// sends it, and none that it says nobody can get.
func TestTheHookSendsWhatTwilioDoesNot(t *testing.T) {
	hook := newPhones()
	server := httptest.NewServer(hook)
	t.Cleanup(server.Close)
	phones, conf := twilioed(t, "SMS_HOOK_URL", server.URL, "SMS_HOOK_SECRET", hookSecret, "METRICS_ADDR", "127.0.0.1:0")
	p := start(t, conf)
	d, c := p.device(), &canaries{}
	ask := func() string {
		n := c.add(number())
		d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		return n
	}
	proves := func(n, code string) { d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, c.add(code))) }
	n := ask()
	proves(n, phones.code(t, n))
	phones.refuses.Store(21408)
	n = ask()
	proves(n, hook.code(t, n))
	phones.refuses.Store(21614)
	ask()
	p.counts(map[string]float64{`parley_sms_tries_total{outcome="invalid",sender="twilio"}`: 1})
	phones.down.Store(true)
	n = ask()
	proves(n, hook.code(t, n))
	p.counts(map[string]float64{
		`parley_sms_total{outcome="sent"}`:                          4,
		`parley_sms_tries_total{outcome="sent",sender="twilio"}`:    1,
		`parley_sms_tries_total{outcome="refused",sender="twilio"}`: 1,
		`parley_sms_tries_total{outcome="invalid",sender="twilio"}`: 1,
		`parley_sms_tries_total{outcome="failed",sender="twilio"}`:  1,
		`parley_sms_tries_total{outcome="sent",sender="hook"}`:      2,
	})
	p.stop()
	if found := c.in(p.log.String()); found != "" {
		t.Errorf("the log holds %q:\n%s", found, p.log)
	}
	for _, told := range []string{"twilio answered 400, error 21408", "twilio answered 400, error 21614", "twilio answered 503, error 20503"} {
		if !strings.Contains(p.log.String(), told) {
			t.Errorf("%q is not in the log:\n%s", told, p.log)
		}
	}
}

// A text is in the language of the number's country, and ends as the phone's
// browser and app want it.
func TestTextsAreInTheLanguageOfTheNumber(t *testing.T) {
	phones, conf := twilioed(t, "SMS_WEBOTP_DOMAIN", "app.example.com", "SMS_ANDROID_HASH", "FA+9qCX9VSu")
	d := start(t, conf).device()
	for n, want := range map[string]string{
		"+4915112345678": "# ist Ihr Parley-Code. Er gilt 10 Minuten. Geben Sie ihn niemandem.",
		"+919876543210":  "# आपका Parley कोड है।",
		"+447400123456":  "# is your Parley code. It works for 10 minutes. Never share it with anybody.",
		"+34612345678":   "# es tu clave de Parley. Vale 10 minutos. No la compartas.",
	} {
		d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n}, "Accept-Language", "fr")
		text := (<-phones.texts).Text
		code := text[:6]
		if got := strings.ReplaceAll(text, code, "#"); got != want+"\n@app.example.com ## FA+9qCX9VSu" {
			t.Errorf("%s got %q", n, got)
		}
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, code))
	}
}
