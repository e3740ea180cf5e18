package courier_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// retryCase describes when one sender is tried, and the outcomes.
type retryCase struct {
	result   func(int) error
	noJitter bool      // Jitter returns 0, which halves the pauses
	at       []float64 // seconds from Send to each attempt
	outcomes outcomes
}

var (
	droppedAfterSixFailures = outcomes{"first failed": 6, "none lost": 1}
	sentOnRetry             = outcomes{"first failed": 1, "first sent": 1}
)

func TestRetries(t *testing.T) {
	for name, c := range map[string]retryCase{
		"accepted": {at: []float64{0}, outcomes: outcomes{"first sent": 1}},
		"down for a while": {
			result:   inOrder(errDown, errBusy, errDown, nil),
			at:       []float64{0, 1, 4, 13},
			outcomes: outcomes{"first failed": 3, "first sent": 1},
		},
		"down": {result: always(errDown), at: []float64{0, 1, 4, 13, 40, 121}, outcomes: droppedAfterSixFailures},
		"down, shortest pauses": {
			result:   always(errDown),
			noJitter: true,
			at:       []float64{0, 0.5, 2, 6.5, 20, 60.5},
			outcomes: droppedAfterSixFailures,
		},
		"hanging": {result: always(errHang), at: []float64{0, 6, 14, 28, 60, 146}, outcomes: droppedAfterSixFailures},
		"refused": {
			result:   always(errRefused),
			at:       []float64{0},
			outcomes: outcomes{"first refused": 1, "none lost": 1},
		},
		"unreachable number": {
			result:   always(phone.ErrInvalid),
			at:       []float64{0},
			outcomes: outcomes{"first invalid": 1},
		},
		"Retry-After 7 s": {result: busyOnce(7), at: []float64{0, 7}, outcomes: sentOnRetry},
		"Retry-After 0 s": {result: busyOnce(0), at: []float64{0, 1}, outcomes: sentOnRetry},
		"Retry-After just before the SMS expires": {
			result:   busyOnce(599),
			at:       []float64{0, 599},
			outcomes: sentOnRetry,
		},
		"Retry-After when the SMS expires": {
			result:   busyOnce(600),
			at:       []float64{0},
			outcomes: outcomes{"first failed": 1, "none lost": 1},
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, c.run) })
	}
}

func (c retryCase) run(t *testing.T) {
	s := &fakeSender{result: c.result}
	h := newHarness(t, s)
	if c.noJitter {
		h.config.Jitter = func() float64 { return 0 }
		h.start(t)
	}
	start := time.Now()
	h.send(t, smstest.Text)
	h.Wait()
	h.stop(t)
	var at []float64
	for _, a := range s.allAttempts() {
		at = append(at, a.At.Sub(start).Seconds())
	}
	if diff := cmp.Diff(c.at, at); diff != "" {
		t.Errorf("times of the attempts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(c.outcomes, h.outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	h.checkLog(t, s)
}

// checkLog expects one log line for each attempt and one if the SMS was dropped,
// with a masked number and without the text. It also expects that each attempt
// had the right number and text.
func (h *harness) checkLog(t *testing.T, s *fakeSender) {
	t.Helper()
	log, attempts, dropped := h.log.String(), s.allAttempts(), h.outcomes["none lost"]
	for _, a := range attempts {
		if a.To != smstest.To || a.Text != smstest.Text {
			t.Errorf("attempt with %q to %s, want %q to %s", a.Text, a.To, smstest.Text, smstest.To)
		}
	}
	lines := strings.Count(log, "\n")
	if want := len(attempts) + dropped; lines != want {
		t.Errorf("%d log lines, want %d", lines, want)
	}
	for part, want := range map[string]int{
		"mobile_number=+155******34": lines,
		"level=ERROR":                dropped,
		"sms sent":                   len(s.accepted),
	} {
		if got := strings.Count(log, part); got != want {
			t.Errorf("%q is %d times in the log, want %d", part, got, want)
		}
	}
	smstest.ExpectNoSecrets(t, log)
	if t.Failed() {
		t.Logf("the log:\n%s", log)
	}
}

// An SMS that gets no attempt slot before it expires is dropped: its code would be useless.
func TestExpiredSMSAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &fakeSender{result: func(int) error { <-release; return nil }}
		h := newHarness(t, s, s)
		for range 65 {
			h.send(t, "hello")
		}
		time.AfterFunc(10*time.Minute, func() { close(release) })
		h.Wait()
		if n := len(s.allAttempts()); n != 64 {
			t.Errorf("%d attempts, want 64", n)
		}
		expired := h.log.Count("the sms expired before it could be sent")
		if dropped := h.outcomes["none lost"]; expired != 1 || dropped != 1 {
			t.Errorf("%d SMS expired and %d were dropped, want 1; the log:\n%s", expired, dropped, &h.log)
		}
	})
}

// keyedSender records the times of acceptance by idempotency key.
type keyedSender struct {
	fakeSender
	acceptedAt map[id.ID][]time.Time
}

func (k *keyedSender) SendWithKey(
	ctx context.Context, key id.ID, accepted time.Time, to phone.Number, text string,
) error {
	k.acceptedAt[key] = append(k.acceptedAt[key], accepted)
	return k.Send(ctx, to, text)
}

// All attempts of one SMS have the same key and time; another SMS has another key.
func TestAttemptsHaveTheSameKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &keyedSender{acceptedAt: map[id.ID][]time.Time{}}
		s.result = inOrder(errDown, errDown, nil)
		h := newHarness(t, s)
		start := time.Now()
		h.send(t, smstest.Text)
		h.Wait()
		h.send(t, smstest.Text)
		h.stop(t)
		keys := map[int]int{} // by number of attempts
		for key, times := range s.acceptedAt {
			keys[len(times)]++
			if len(times) == 3 && (!times[0].Equal(start) || !times[2].Equal(start)) {
				t.Errorf("the times of acceptance are %v, want %v in all attempts", times, start)
			}
			if !strings.Contains(h.log.String(), "sms_id="+string(key)) {
				t.Errorf("the key %s is not in the log:\n%s", key, &h.log)
			}
		}
		if len(s.acceptedAt) != 2 || keys[3] != 1 || keys[1] != 1 {
			t.Errorf("keys by number of attempts: %v, want one with 3 attempts and one with 1", keys)
		}
	})
}
