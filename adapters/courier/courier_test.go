package courier_test

import (
	"context"
	"errors"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/adapters/courier"
	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A courier accepts an SMS before it calls a sender, so Send never returns a sender's error.
func TestContract(t *testing.T) {
	portstest.SMS(t, func(t *testing.T, script portstest.SMSScript) portstest.SMSRig {
		s := &scriptedSender{script: script}
		h := newHarness(t, s)
		t.Cleanup(h.kill)
		received := func(n phone.Number) []string { h.Wait(); return s.acceptedTexts(n) }
		return portstest.SMSRig{SMS: h, Received: received, AcceptsAll: true}
	})
}

func TestNewRequiresASender(t *testing.T) {
	if _, err := courier.New(courier.Config{}); err == nil {
		t.Error("New succeeded without a sender, want an error")
	}
}

func TestSendFailsWithoutRandomness(t *testing.T) {
	s := &fakeSender{}
	h := newHarness(t, s)
	h.config.Random = iotest.ErrReader(errors.New("no entropy"))
	h.start(t)
	err := h.Send(t.Context(), smstest.Number(t), smstest.Text)
	if err == nil {
		t.Fatal("Send succeeded without an idempotency key, want an error")
	}
	smstest.ExpectNoSecrets(t, err.Error())
	h.stop(t)
	if n := len(s.allAttempts()); n != 0 {
		t.Errorf("%d attempts after Send failed, want none", n)
	}
}

// Send returns immediately even if all senders hang, and fails when the queue is full.
func TestSendOnlyQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSender{result: always(errHang)}
		h := newHarness(t, s)
		start := time.Now()
		for range 1000 {
			h.send(t, "hello")
		}
		synctest.Wait()
		if n := len(s.allAttempts()); n != 64 {
			t.Errorf("%d concurrent attempts, want 64", n)
		}
		err := h.Send(t.Context(), smstest.Number(t), smstest.Text)
		if !errors.Is(err, courier.ErrQueueFull) {
			t.Fatalf("Send number 1001 failed with %v, want %v", err, courier.ErrQueueFull)
		}
		smstest.ExpectNoSecrets(t, err.Error())
		if d := time.Since(start); d != 0 {
			t.Errorf("1001 calls of Send took %s, want 0", d)
		}
		s.setResult(nil)
		h.Wait()
		h.send(t, "the queue has room again")
		h.stop(t)
		texts := s.acceptedTexts(smstest.Number(t))
		if last := texts[len(texts)-1]; last != "the queue has room again" {
			t.Errorf("the last SMS is %q, want the one sent after the queue was empty", last)
		}
	})
}

func TestDeliveryOutlivesTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSender{result: inOrder(errDown, nil)}
		h := newHarness(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		if err := h.Send(ctx, smstest.Number(t), "hello"); err != nil {
			t.Fatalf("sending: %v", err)
		}
		cancel()
		h.stop(t)
		if got := s.acceptedTexts(smstest.Number(t)); len(got) != 1 {
			t.Errorf("%d SMS were delivered after the request ended, want 1", len(got))
		}
	})
}

// Stop delivers queued SMS, including those that wait for a retry, and rejects new ones.
func TestStopDeliversQueuedSMS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSender{result: inOrder(errDown, errDown, nil)}
		h := newHarness(t, s)
		for range 40 {
			h.send(t, "hello")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := h.Stop(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
		if n := len(s.allAttempts()); n != 42 {
			t.Errorf("%d attempts for 40 SMS and two failures, want 42", n)
		}
		if err := h.Send(t.Context(), smstest.Number(t), "late"); !errors.Is(err, courier.ErrStopped) {
			t.Errorf("Send after Stop failed with %v, want %v", err, courier.ErrStopped)
		}
	})
}

// Stop returns when its context ends, whether an SMS waits for a sender, for an
// attempt slot or for its next retry.
func TestStopDropsSMSAfterItsDeadline(t *testing.T) {
	for name, result := range map[string]error{"hanging": errHang, "down": errDown} {
		synctest.Test(t, func(t *testing.T) {
			h := newHarness(t, &fakeSender{result: always(result)}, &fakeSender{result: always(result)})
			for range 40 {
				h.send(t, "hello")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			start := time.Now()
			err := h.Stop(ctx)
			want := "sms dropped at shutdown: 40: context deadline exceeded"
			if !errors.Is(err, context.DeadlineExceeded) || err.Error() != want {
				t.Errorf("%s: Stop failed with %v, want %s", name, err, want)
			}
			if d := time.Since(start); d != 3*time.Second {
				t.Errorf("%s: Stop took %s, want 3s", name, d)
			}
			logged := h.log.Count("sms dropped")
			if observed := h.outcomes["none lost"]; logged != 40 || observed != 40 {
				t.Errorf("%s: %d dropped SMS in the log and %d observed, want 40", name, logged, observed)
			}
		})
	}
}

// closableSender counts the calls of CloseIdleConnections.
type closableSender struct {
	fakeSender
	closed int
}

func (c *closableSender) CloseIdleConnections() { c.closed++ }

func TestStopClosesConnections(t *testing.T) {
	s := &closableSender{}
	h := newHarness(t, &fakeSender{}, s)
	h.stop(t)
	if s.closed != 1 {
		t.Errorf("CloseIdleConnections was called %d times, want 1", s.closed)
	}
}
