package failover_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// times asks n times, expecting the same.
func (d *desk) times(n int, seen, text string, want *chat.Failure) {
	d.Helper()
	for range n {
		d.expect(seen, text, want)
	}
}

func TestABreakerOpensAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, turns(fails(down), fails(down), fails(broken), fails(down), fails(late), fails(down), says("back")), says("hi"))
		d.times(5, "a failed, b answered", "hi", nil)
		d.times(5, "a skipped, b answered", "hi", nil)
		time.Sleep(30*time.Second - 1)
		d.expect("a skipped, b answered", "hi", nil)
		time.Sleep(time.Nanosecond)
		d.expect("a failed, b answered", "hi", nil) // the probe
		d.expect("a skipped, b answered", "hi", nil)
		time.Sleep(30 * time.Second)
		d.times(3, "a answered", "back", nil)
		d.logged("gave no answer", "gave no answer", "gave no answer", "gave no answer", "llm provider fails, asking others", "gave no answer",
			"gave no answer", "llm provider is back")
	})
}

// logged expects these records of a in the log, and nothing of a failure's text.
func (d *desk) logged(want ...string) {
	d.Helper()
	lines := strings.Split(strings.TrimSpace(d.log.String()), "\n")
	if len(lines) != len(want) || strings.Contains(d.log.String(), "canary") {
		d.Fatalf("logged %q", lines)
	}
	for i, line := range lines {
		if !strings.Contains(line, want[i]) || !strings.Contains(line, "provider=a") {
			d.Errorf("logged %q, want %q", line, want[i])
		}
	}
}

func TestFailuresInARowCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, health := range []model{says("hi"), fails(rejected)} { // one that declines is well
			d := newDesk(t, turns(fails(down), fails(down), fails(down), fails(down), health, fails(down), fails(down), fails(down), fails(down), fails(down), says("never")))
			for range 10 {
				_, _, _ = d.ask()
			}
			if d.seen[9] != "a failed" {
				t.Errorf("observed %q", d.seen)
			}
			d.expect("a skipped", "", leftAlone(30*time.Second))
		}
	})
}

// While one call tries a provider again, the others leave it alone.
func TestOneProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		well := model(func(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
			calls.Add(1)
			time.Sleep(time.Second)
			return chat.Usage{}, emit("back")
		})
		d := newDesk(t, turns(fails(down), fails(down), fails(down), fails(down), fails(down), well), says("hi"))
		d.times(5, "a failed, b answered", "hi", nil)
		time.Sleep(30 * time.Second)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _, _ = d.ask() })
		}
		all.Wait()
		if calls.Load() != 1 {
			t.Errorf("%d probes", calls.Load())
		}
		d.expect("a answered", "back", nil)
	})
}

// Whom nobody else answers is answered by the one that is tried again, and need not wait for the trial.
func TestAProbeLeavesNobodyWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := model(func(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
			time.Sleep(12 * time.Second)
			return chat.Usage{}, emit("back")
		})
		d := newDesk(t, turns(fails(down), fails(down), fails(down), fails(down), fails(down), slow), fails(broken))
		d.times(5, "a failed, b failed", "", down)
		time.Sleep(30 * time.Second)
		began := time.Now()
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if text, _, err := d.ask(); text != "back" || err != nil {
					t.Errorf("%q, %v", text, err)
				}
			})
		}
		all.Wait()
		if d := time.Since(began); d != 12*time.Second {
			t.Errorf("after %s", d)
		}
	})
}

// A probe whose caller leaves proves nothing, and the next call is one.
func TestAProbeThatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("full")
		d := newDesk(t, turns(fails(down), fails(down), fails(down), fails(down), fails(down), says("x"), says("back")), says("hi"))
		d.times(5, "a failed, b answered", "hi", nil)
		time.Sleep(30 * time.Second)
		if _, err := d.llm.Answer(t.Context(), chat.Prompt{}, func(string) error { return full }); !errors.Is(err, full) {
			t.Errorf("failed with %v", err)
		}
		d.expect("a answered", "back", nil)
	})
}

// A provider that asks for a wait gets it, and no strike.
func TestWaitsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, fails(waiting(7*time.Second)), says("hi"))
		for range 10 {
			d.expect("a limited, b answered", "hi", nil)
			time.Sleep(7*time.Second - 1)
			d.expect("a skipped, b answered", "hi", nil)
			time.Sleep(time.Nanosecond)
		}
		d = newDesk(t, fails(waiting(1<<31*time.Second)))
		d.expect("a limited", "", waiting(1<<31*time.Second))
		d.expect("a skipped", "", leftAlone(time.Hour)) // a slip of the header's is not for good
		time.Sleep(time.Hour)
		d.expect("a limited", "", waiting(1<<31*time.Second))
	})
}

// What a provider that is away failed with is what it failed with last.
func TestTheLastFailureCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, turns(fails(broken), fails(waiting(time.Minute))))
		d.expect("a failed", "", broken)
		d.expect("a limited", "", waiting(time.Minute))
		d.expect("a skipped", "", leftAlone(time.Minute))
	})
}

// With all away the failure says when the first of them is back, and whether that would help.
func TestAllAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, fails(down), fails(waiting(time.Minute)))
		d.expect("a failed, b limited", "", down)
		d.times(4, "a failed, b skipped", "", down)
		d.expect("a skipped, b skipped", "", leftAlone(30*time.Second))
		time.Sleep(20 * time.Second)
		d.expect("a skipped, b skipped", "", leftAlone(10*time.Second))
	})
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, fails(broken), fails(broken))
		d.times(5, "a failed, b failed", "", broken)
		away := *broken
		away.RetryAfter, away.Unasked = 30*time.Second, true
		d.expect("a skipped, b skipped", "", &away)
	})
}

// The end of the caller's context and the failing of its emit are nobody's failure, however often.
func TestTheCallersOwnEnd(t *testing.T) {
	full := errors.New("full")
	d := newDesk(t, says("hi"), says("never"))
	for range 10 {
		if _, err := d.llm.Answer(t.Context(), chat.Prompt{}, func(string) error { return full }); !errors.Is(err, full) {
			t.Errorf("failed with %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := d.llm.Answer(ctx, chat.Prompt{}, func(string) error { cancel(); return ctx.Err() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("failed with %v", err)
		}
	}
	if i := slices.IndexFunc(d.seen, func(s string) bool { return s != "a left" }); i >= 0 || len(d.seen) != 20 {
		t.Errorf("observed %q", d.seen)
	}
	d.expect("a answered", "hi", nil)
}

func TestNobodyIsAskedAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newDesk(t, func(context.Context, chat.Prompt, func(string) error) (chat.Usage, error) {
		cancel()
		return chat.Usage{}, down
	}, says("never"))
	if text, _, err := d.askUnder(ctx); text != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", text, err)
	}
	d.sees("a failed")
}
