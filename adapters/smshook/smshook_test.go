package smshook_test

import (
	"context"
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

	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/core/id"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listening is a hook whose company listens on a socket.
func listening(t *testing.T, c *company) *smshook.Hook {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	config := config(t, c)
	config.URL, config.Transport = server.URL, nil
	h := open(t, config)
	t.Cleanup(h.CloseIdleConnections)
	return h
}

// The vector of the specification's reference libraries.
func TestSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := smshook.Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestKeysOfAnotherLengthAreRefused(t *testing.T) {
	for length, fine := range map[int]bool{0: false, 23: false, 24: true, 64: true, 65: false} {
		if _, err := smshook.New(smshook.Config{Key: make([]byte, length)}); (err == nil) != fine {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

// Tries of one text have one id and the time at which it was taken; texts sent
// on their own have their own.
func TestTriesOfATextAreAlike(t *testing.T) {
	c := &company{}
	h := listening(t, c)
	taken := time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
	key, err := id.New(taken, strings.NewReader("0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = errors.Join(err, h.SendAs(t.Context(), key, taken, number(t), "hello"), h.Send(t.Context(), number(t), "hello"))
	}
	if err != nil {
		t.Fatal(err)
	}
	r := c.requests()
	if r[0].ID != string(key) || r[2].ID != string(key) || r[0].Timestamp != "2026-03-01T12:00:00.000005Z" || r[2].Timestamp != r[0].Timestamp {
		t.Errorf("the tries were %+v and %+v", r[0], r[2])
	}
	if _, ok := id.Parse(r[1].ID); !ok || r[1].ID == r[3].ID || r[1].ID == r[0].ID {
		t.Errorf("the other ids are %s and %s", r[1].ID, r[3].ID)
	}
}

func TestNoTextIsSentWithoutAnID(t *testing.T) {
	c := &company{}
	conf := config(t, c)
	conf.Random = iotest.ErrReader(errors.New("no entropy"))
	if err := open(t, conf).Send(t.Context(), number(t), canary); err == nil || len(c.requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(c.requests()))
	}
}

// A text leaves its connection to the next, whatever became of it, until all are closed.
func TestConnections(t *testing.T) {
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
	conf := config(t, &company{})
	conf.URL, conf.Transport = server.URL, nil
	h := open(t, conf)
	for range 5 {
		if err := h.Send(context.Background(), number(t), "hello"); err == nil {
			t.Error("not refused")
		}
	}
	h.CloseIdleConnections()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the connection is still there")
	}
	if len(opened) != 1 {
		t.Errorf("%d connections", len(opened))
	}
}
