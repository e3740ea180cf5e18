package flow

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
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
	"github.com/kuvaka-tech/parley/tests/logtest"
)

const hookSecret = "whsec_Y2FuYXJ5LWtleS1vZi0zMi1ieXRlcy1ub3QtcmVhbCE="

// fakePhones is a fake of the operator's SMS webhook. It keeps the text messages that
// the phones would get.
type fakePhones struct {
	down     atomic.Bool  // the webhook answers 503
	hangsFor atomic.Value // a string: the webhook does not answer texts to numbers that begin with it
	requests atomic.Int32
	texts    chan sms // the accepted text messages
}

// sms is a text message.
type sms struct{ To, Text string }

func newFakePhones() *fakePhones { return &fakePhones{texts: make(chan sms, 1000)} }

// ServeHTTP is the webhook. It checks the signature and keeps the text message.
func (p *fakePhones) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	body, _ := io.ReadAll(r.Body)
	var event struct{ Data sms }
	malformed := json.Unmarshal(body, &event) != nil
	switch {
	case r.Header.Get("webhook-signature") != "v1,"+hookSignature(r.Header, body):
		w.WriteHeader(http.StatusUnauthorized)
	case p.hangs(event.Data.To):
		<-r.Context().Done()
	case p.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case malformed:
		w.WriteHeader(http.StatusBadRequest)
	default:
		p.texts <- event.Data
	}
}

func (p *fakePhones) hangs(number string) bool {
	prefix, _ := p.hangsFor.Load().(string)
	return prefix != "" && strings.HasPrefix(number, prefix)
}

// hookSignature returns the signature of a webhook request (Standard Webhooks).
func hookSignature(h http.Header, body []byte) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// RoundTrip implements http.RoundTripper. A bubble of testing/synctest needs it,
// because it has no sockets.
func (p *fakePhones) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), r.Context().Err()
}

// nextCode waits for the next text message, which must be for the number, and
// returns the code in it.
func (p *fakePhones) nextCode(t *testing.T, number string) string {
	t.Helper()
	next := <-p.texts
	if next.To != number {
		t.Fatalf("a text message was sent to %s, want %s", next.To, number)
	}
	return regexp.MustCompile(`[0-9]{6}`).FindString(next.Text)
}

// smsHookConfig returns a configuration that sends SMS through a webhook.
func smsHookConfig(t *testing.T, address string, variables ...string) configs.Config {
	t.Helper()
	return config(t, append([]string{"SMS_HOOK_URL", address, "SMS_HOOK_SECRET", hookSecret}, variables...)...)
}

// startWithPhones starts a program in a bubble that sends its SMS to phones. When the
// test ends, the log of the courier must not contain a text.
func startWithPhones(t *testing.T, phones *fakePhones, variables ...string) *program {
	t.Helper()
	c, log := smsHookConfig(t, "https://sms.example", variables...), &logtest.Buffer{}
	hook, err := smshook.New(smshook.Config{
		URL:       c.SMSHookURL,
		Key:       c.SMSHookKey,
		Random:    rand.Reader,
		Clock:     system.Clock{},
		Transport: phones,
	})
	if err != nil {
		t.Fatalf("create the sender of the webhook: %v", err)
	}
	smsCourier, err := courier.New(courier.Config{
		Senders: []courier.Sender{{Name: "hook", SMS: hook}},
		Jitter:  func() float64 { return 0.5 },
		Random:  rand.Reader,
		Clock:   system.Clock{},
		Log:     log.Logger(),
		Observe: func(_, _ string) {},
	})
	if err != nil {
		t.Fatalf("create the courier: %v", err)
	}
	t.Cleanup(func() {
		if strings.Contains(log.String(), "is your Parley code") {
			t.Errorf("the log contains a text message:\n%s", log)
		}
	})
	return start(t, c, boot.InProcess(), boot.Use(smsCourier))
}
