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
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	portstest.SMS(t, func(t *testing.T) (ports.SMS, func(phone.Number) []string) {
		c := &company{}
		server := httptest.NewServer(c)
		config := config(t, c, &client.Log{})
		config.URL, config.Transport = server.URL, nil
		h := open(t, config)
		t.Cleanup(func() {
			if err := h.Stop(context.Background()); err != nil {
				t.Error(err)
			}
			server.Close()
		})
		return h, func(n phone.Number) []string { h.Wait(); return c.texts(n) }
	})
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

// Sending takes no time, however long the hook takes, and tells when no more texts can wait.
func TestSendOnlyQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &company{answer: hanging}
		h := open(t, config(t, c, &client.Log{}))
		began := time.Now()
		for range 1000 {
			send(t, h, "hello")
		}
		synctest.Wait()
		if n := len(c.requests()); n != 16 {
			t.Errorf("%d requests at once", n)
		}
		if err := h.Send(t.Context(), number(t), "canary-text"); !errors.Is(err, smshook.ErrFull) || strings.Contains(err.Error(), "canary") {
			t.Errorf("the 1001st: %v", err)
		}
		if time.Since(began) != 0 {
			t.Errorf("sending took %v", time.Since(began))
		}
		c.mu.Lock()
		c.answer = nil
		c.mu.Unlock()
		h.Wait()
		send(t, h, "there is room again")
		stop(t, h)
		if last := c.requests(); last[len(last)-1].Text != "there is room again" {
			t.Errorf("the last text is %q", last[len(last)-1].Text)
		}
	})
}

func stop(t *testing.T, h *smshook.Hook) {
	t.Helper()
	if err := h.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestStopClosesConnections(t *testing.T) {
	closed := make(chan struct{}, 1)
	server := httptest.NewUnstartedServer(&company{})
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	conf := config(t, &company{}, &client.Log{})
	conf.URL, conf.Transport = server.URL, nil
	h := open(t, conf)
	send(t, h, "hello")
	stop(t, h)
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the connection is still there")
	}
}

// Texts that wait are delivered when the program stops, those that wait for
// another try too; no more are taken.
func TestStopDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &company{answer: answering(500, 500, 204)}
		h := open(t, config(t, c, &client.Log{}))
		for range 40 {
			send(t, h, "hello")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := h.Stop(ctx); err != nil {
			t.Error(err)
		}
		if n := len(c.requests()); n != 42 {
			t.Errorf("%d requests for 40 texts and two failures", n)
		}
		if err := h.Send(t.Context(), number(t), "late"); !errors.Is(err, smshook.ErrStopped) {
			t.Errorf("after Stop: %v", err)
		}
	})
}

// Stop waits no longer than it is told, whatever the texts wait for: a try, a line or a pause.
func TestStopGivesUpInTheEnd(t *testing.T) {
	for name, broken := range map[string]*company{"hanging": {answer: hanging}, "down": {answer: answering(503)}} {
		synctest.Test(t, func(t *testing.T) {
			log := &client.Log{}
			h := open(t, config(t, broken, log))
			for range 40 {
				send(t, h, "hello")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			began := time.Now()
			if err := h.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "texts given up: 40") {
				t.Errorf("%s: stopped with %v", name, err)
			}
			if d := time.Since(began); d != 3*time.Second {
				t.Errorf("%s: stopping took %v", name, d)
			}
			if n := strings.Count(log.String(), "sms given up"); n != 40 {
				t.Errorf("%s: %d given up in the log", name, n)
			}
		})
	}
}
