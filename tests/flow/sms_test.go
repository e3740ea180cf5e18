package flow

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/client"
)

const hookSecret = "whsec_Y2FuYXJ5LWtleS1vZi0zMi1ieXRlcy1ub3QtcmVhbCE="

// phones are the operator's SMS hook and all phones behind it.
type phones struct {
	down  atomic.Bool // answers 503
	asked atomic.Int32
	texts chan sms
}

type sms struct{ To, Text string }

func newPhones() *phones { return &phones{texts: make(chan sms, 1000)} }

func (p *phones) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	body, _ := io.ReadAll(r.Body)
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
	var envelope struct{ Data sms }
	switch {
	case r.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)):
		w.WriteHeader(http.StatusUnauthorized)
	case p.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case json.Unmarshal(body, &envelope) != nil:
		w.WriteHeader(http.StatusBadRequest)
	default:
		p.texts <- envelope.Data
	}
}

// RoundTrip makes the phones a transport, for bubbles.
func (p *phones) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

// code waits for the next text, which must be to that number, and returns the code in it.
func (p *phones) code(t *testing.T, number string) string {
	t.Helper()
	next := <-p.texts
	if next.To != number {
		t.Fatalf("a text came to %s, want %s", next.To, number)
	}
	return regexp.MustCompile(`[0-9]{6}`).FindString(next.Text)
}

// hooked is a configuration that sends texts to an address.
func hooked(t *testing.T, url string, variables ...string) configs.Config {
	t.Helper()
	return config(t, append([]string{"SMS_HOOK_URL", url, "SMS_HOOK_SECRET", hookSecret}, variables...)...)
}

// texting starts a program in a bubble that sends texts to these phones.
func texting(t *testing.T, to *phones, variables ...string) *program {
	t.Helper()
	c, log := hooked(t, "https://sms.example", variables...), &client.Log{}
	h, err := smshook.New(smshook.Config{
		URL: c.SMSHookURL, Key: c.SMSHookKey, Jitter: func() float64 { return 0.5 }, Random: rand.Reader, Clock: system.Clock{},
		Log: slog.New(slog.NewTextHandler(log, nil)), Transport: to,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s := log.String(); regexp.MustCompile(`is your Parley code`).MatchString(s) {
			t.Errorf("a text is in the log:\n%s", s)
		}
	})
	return start(t, c, boot.InProcess(), boot.Keep(h))
}

// With a real sender a code goes to its phone and nowhere else.
func TestCodesGoToThePhone(t *testing.T) {
	phones := newPhones()
	server := httptest.NewServer(phones)
	t.Cleanup(server.Close)
	p := start(t, hooked(t, server.URL))
	d, n, c := p.device(), number(), &canaries{}
	secret := func(route string) string {
		a := d.want(http.StatusOK, "POST", "/auth/"+route, object{"mobile_number": n})
		code := c.add(phones.code(t, n))
		if a.Get("otp") != "" || c.in(string(a.Body)) != "" {
			t.Errorf("%s tells the code: %s", route, a.Body)
		}
		return code
	}
	token := d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, secret("send-otp"))).Get("access_token")
	device{d.As(token), t}.want(http.StatusOK, "GET", "/user/me", nil)
	d.want(http.StatusOK, "POST", "/auth/reset-password", object{"mobile_number": n, "otp": secret("forgot-password"), "new_password": "correct horse battery"})
	if p.outbox.Count() != 0 {
		t.Error("the stand-in got a text as well")
	}
	p.stop()
	c.add(hookSecret)
	c.add(n)
	if found := c.in(p.log.String()); found != "" {
		t.Errorf("the log holds %q:\n%s", found, p.log)
	}
	p.logged(`msg="sms handed over"`, "mobile_number="+masked(n))
}

// A number that cannot be reached, or not with our money, is refused alike
// wherever a text would follow, and takes nothing from any number's budget.
func TestUnreachableNumbersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newPhones()
		p := texting(t, phones, "SMS_COUNTRIES", "US, in")
		for n, rule := range map[string]string{
			"+121255501":     "must be a possible number",
			"+99999999999":   "must be a possible number",
			"+447400123456":  "must be of a country we serve",
			"+14165550123":   "must be of a country we serve",
			"+88213123456":   "must be of a country we serve",
			"+091-987654321": "must be E.164: + and 8 to 15 digits",
		} {
			d := p.anywhere()
			for range 7 {
				for _, route := range []string{"send-otp", "forgot-password", "signup"} {
					a := d.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/"+route, object{"mobile_number": n})
					var problem struct{ Errors []map[string]string }
					if err := a.Into(&problem); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff([]map[string]string{{"field": "mobile_number", "rule": rule}}, problem.Errors); diff != "" {
						t.Errorf("%s %s (-want +got)\n%s", route, n, diff)
					}
				}
			}
		}
		d := p.anywhere()
		for range 25 { // of the prefix that has 20 an hour
			d.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/send-otp", object{"mobile_number": "+1212555012345"})
		}
		for _, n := range []string{"+12125550123", "+919876543210"} {
			d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
			d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, phones.code(t, n)))
		}
		if n := phones.asked.Load(); n != 2 {
			t.Errorf("%d texts left", n)
		}
	})
}

// While the hook is away nobody waits for it, the answers tell known numbers from
// unknown ones no more than ever, and the code comes later.
func TestTheHookIsOffTheRequestsPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newPhones()
		p := texting(t, phones)
		d, known, unknown := p.anywhere(), number(), number()
		d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": known})
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(known, phones.code(t, known)))
		phones.down.Store(true)
		began := time.Now()
		answers := map[string]bool{}
		for _, n := range []string{known, unknown} {
			answers[string(d.want(http.StatusOK, "POST", "/auth/forgot-password", object{"mobile_number": n}).Body)] = true
		}
		if took(t, began, 0, 0); len(answers) != 1 {
			t.Errorf("the answers differ: %v", answers)
		}
		time.Sleep(30 * time.Second) // 4 tries
		phones.down.Store(false)
		d.want(http.StatusOK, "POST", "/auth/reset-password", object{"mobile_number": known, "otp": phones.code(t, known), "new_password": "correct horse battery"})
		took(t, began, 40*time.Second, 40*time.Second)
		if n := phones.asked.Load(); n != 6 {
			t.Errorf("%d requests for two texts and four failures", n)
		}
	})
}

// A program that stops hands over the texts it has, also to a hook that comes back just in time.
func TestStoppingHandsOverTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones, n := newPhones(), number()
		p := texting(t, phones)
		phones.down.Store(true)
		p.anywhere().want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		time.AfterFunc(10*time.Second, func() { phones.down.Store(false) })
		p.stop()
		if code := phones.code(t, n); len(code) != 6 {
			t.Errorf("the code is %q", code)
		}
	})
}

// A hook that stays away costs the texts, and leaves a second to the parts that stop after it.
func TestStoppingWithoutTheHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones, n := newPhones(), number()
		p := texting(t, phones)
		phones.down.Store(true)
		p.anywhere().want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
		defer cancel()
		began := time.Now()
		if err := p.Stop(ctx); err == nil || !strings.Contains(err.Error(), "texts given up: 1") {
			t.Errorf("stopped with %v", err)
		}
		took(t, began, 24*time.Second, 24*time.Second)
	})
}
