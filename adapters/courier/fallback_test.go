package courier_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
	"github.com/kuvaka-tech/parley/core/phone"
)

// fallbackCase describes the outcomes with two senders.
type fallbackCase struct {
	first    func(int) error
	second   func(int) error
	outcomes outcomes
	took     time.Duration
}

var (
	firstFailedSecondSent = outcomes{"first failed": 1, "second sent": 1}
	bothFailedFirstSent   = outcomes{"first failed": 1, "second failed": 1, "first sent": 1}
)

// A sender that fails or refuses is followed by the next sender immediately. An
// unreachable number is not tried with another sender.
func TestFallback(t *testing.T) {
	for name, c := range map[string]fallbackCase{
		"first accepts": {outcomes: outcomes{"first sent": 1}},
		"first is down": {first: always(errDown), outcomes: firstFailedSecondSent},
		"first hangs":   {first: always(errHang), outcomes: firstFailedSecondSent, took: 5 * time.Second},
		"first is busy": {first: busyOnce(30), outcomes: firstFailedSecondSent},
		"first refuses": {first: always(errRefused), outcomes: outcomes{"first refused": 1, "second sent": 1}},
		"first reports an unreachable number": {
			first:    always(phone.ErrInvalid),
			outcomes: outcomes{"first invalid": 1},
		},
		"second reports an unreachable number": {
			first:    always(errDown),
			second:   always(phone.ErrInvalid),
			outcomes: outcomes{"first failed": 1, "second invalid": 1},
		},
		"both refuse": {
			first:    always(errRefused),
			second:   always(errRefused),
			outcomes: outcomes{"first refused": 1, "second refused": 1, "none lost": 1},
		},
		"both are down": {
			first:    inOrder(errDown, nil),
			second:   always(errDown),
			outcomes: bothFailedFirstSent,
			took:     time.Second,
		},
		"first refuses, second fails twice": {
			first:    always(errRefused),
			second:   inOrder(errDown, errDown, nil),
			outcomes: outcomes{"first refused": 1, "second failed": 2, "second sent": 1},
			took:     4 * time.Second,
		},
		"first asks for a longer pause than the backoff": {
			first:    busyOnce(20),
			second:   inOrder(errDown, nil),
			outcomes: outcomes{"first failed": 1, "second failed": 1, "second sent": 1},
			took:     time.Second,
		},
		"both ask for a pause": {
			first:    busyOnce(20),
			second:   busyOnce(30),
			outcomes: bothFailedFirstSent,
			took:     20 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, c.run) })
	}
}

func (c fallbackCase) run(t *testing.T) {
	h := newHarness(t, &fakeSender{result: c.first}, &fakeSender{result: c.second})
	start := time.Now()
	h.send(t, smstest.Text)
	h.stop(t)
	if diff := cmp.Diff(c.outcomes, h.outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s\nthe log:\n%s", diff, &h.log)
	}
	if d := time.Since(start); d != c.took {
		t.Errorf("delivery took %s, want %s", d, c.took)
	}
}

// A sender that failed is in cooldown for 30 s: SMS go to the next sender
// first. Then one SMS probes it, and all SMS use it again after a success.
func TestCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &fakeSender{result: always(errHang)}, &fakeSender{}
		h := newHarness(t, first, second)
		send := func(n int) {
			for range n {
				h.send(t, "hello")
				synctest.Wait()
			}
			h.Wait()
		}
		expect := func(wantFirst, wantSecond int) {
			t.Helper()
			attempts, accepted := len(first.allAttempts()), len(second.acceptedTexts(smstest.Number(t)))
			if attempts != wantFirst || accepted != wantSecond {
				t.Fatalf("%d attempts by the first sender and %d SMS sent by the second, want %d and %d",
					attempts, accepted, wantFirst, wantSecond)
			}
		}
		send(1)
		expect(1, 1)
		time.Sleep(29 * time.Second)
		send(10)
		expect(1, 11)
		time.Sleep(time.Second)
		send(10) // the first of these probes the first sender
		expect(2, 21)
		time.Sleep(30 * time.Second)
		first.setResult(nil)
		send(10)
		expect(12, 21)
		h.stop(t)
	})
}

// While all senders are down, senders in cooldown are tried, too.
func TestAllSendersInCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &fakeSender{result: always(errDown)}, &fakeSender{result: always(errDown)}
		h := newHarness(t, first, second)
		h.send(t, smstest.Text)
		h.Wait()
		if a, b := len(first.allAttempts()), len(second.allAttempts()); a != 6 || b != 6 {
			t.Errorf("%d attempts by the first sender and %d by the second, want 6 each", a, b)
		}
		h.stop(t)
	})
}
