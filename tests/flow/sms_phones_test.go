package flow

import (
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

	"github.com/kuvaka-tech/parley/adapters/courier"
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
	h, err := smshook.New(smshook.Config{URL: c.SMSHookURL, Key: c.SMSHookKey, Random: rand.Reader, Clock: system.Clock{}, Transport: to})
	if err != nil {
		t.Fatal(err)
	}
	carries, err := courier.New(courier.Config{
		Senders: []courier.Sender{{Name: "hook", SMS: h}}, Jitter: func() float64 { return 0.5 }, Random: rand.Reader, Clock: system.Clock{},
		Log: slog.New(slog.NewTextHandler(log, nil)), Count: func(_, _ string) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s := log.String(); regexp.MustCompile(`is your Parley code`).MatchString(s) {
			t.Errorf("a text is in the log:\n%s", s)
		}
	})
	return start(t, c, boot.InProcess(), boot.Keep(carries))
}
