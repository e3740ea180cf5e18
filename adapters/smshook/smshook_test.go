package smshook_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The webhook cannot report an unreachable number: any status other than 429 and 5xx is fault.Refused.
func TestContract(t *testing.T) {
	portstest.SMS(t, func(t *testing.T, script portstest.SMSScript) portstest.SMSRig {
		h := &scriptedHook{t: t, script: script, accepted: map[phone.Number][]string{}}
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		s := newSender(t, smshook.Config{URL: server.URL, Key: key, Random: rand.Reader, Clock: clock{}})
		t.Cleanup(s.CloseIdleConnections)
		return portstest.SMSRig{SMS: s, Received: h.acceptedTexts, UnreachableIsRefused: true}
	})
}

// The key, the message and the signature are those of the specification's reference libraries.
func TestSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatalf("decoding the key: %v", err)
	}
	got := smshook.Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
}

func TestNewChecksTheKeyLength(t *testing.T) {
	for length, valid := range map[int]bool{0: false, 23: false, 24: true, 64: true, 65: false} {
		if _, err := smshook.New(smshook.Config{Key: make([]byte, length)}); (err == nil) != valid {
			t.Errorf("New with a key of %d bytes: error %v, want valid = %v", length, err, valid)
		}
	}
}

// Attempts with the same key have the same webhook-id and payload timestamp.
// Each call of Send has a new webhook-id.
func TestWebhookIDs(t *testing.T) {
	f := &fakeHook{}
	s := newSocketSender(t, f)
	accepted := time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
	key, err := id.New(accepted, strings.NewReader("0123456789"))
	if err != nil {
		t.Fatalf("creating an id: %v", err)
	}
	for range 2 {
		if err := s.SendWithKey(t.Context(), key, accepted, smstest.Number(t), "hello"); err != nil {
			t.Fatalf("sending with a key: %v", err)
		}
		if err := s.Send(t.Context(), smstest.Number(t), "hello"); err != nil {
			t.Fatalf("sending without a key: %v", err)
		}
	}
	r := f.requests()
	want := request{ID: string(key), Timestamp: "2026-03-01T12:00:00.000005Z", To: smstest.To, Text: "hello"}
	if r[0] != want || r[2] != want {
		t.Errorf("the requests with the same key are %+v and %+v, want twice %+v", r[0], r[2], want)
	}
	if _, ok := id.Parse(r[1].ID); !ok || r[1].ID == r[3].ID || r[1].ID == r[0].ID {
		t.Errorf("Send used the ids %q and %q, want a new UUIDv7 each time", r[1].ID, r[3].ID)
	}
}

func TestSendFailsWithoutRandomness(t *testing.T) {
	f := &fakeHook{}
	c := config(t, f)
	c.Random = iotest.ErrReader(errors.New("no entropy"))
	if err := newSender(t, c).Send(t.Context(), smstest.Number(t), smstest.Text); err == nil {
		t.Error("Send succeeded without an idempotency key, want an error")
	}
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests after Send failed, want none", n)
	}
}

// An error response does not cost the connection, and CloseIdleConnections closes it.
func TestConnectionsAreReusedAfterErrors(t *testing.T) {
	opened, closed := make(chan struct{}, 100), make(chan struct{}, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("no", 1000), http.StatusBadRequest)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			opened <- struct{}{}
		case http.StateClosed:
			closed <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	c := config(t, &fakeHook{})
	c.URL, c.Transport = server.URL, nil
	s := newSender(t, c)
	for range 5 {
		if err := s.Send(context.Background(), smstest.Number(t), "hello"); err == nil {
			t.Error("Send succeeded after status 400, want an error")
		}
	}
	s.CloseIdleConnections()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the connection is still open 10 s after CloseIdleConnections")
	}
	if n := len(opened); n != 1 {
		t.Errorf("%d connections for 5 requests, want 1", n)
	}
}
