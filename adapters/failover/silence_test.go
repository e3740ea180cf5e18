package failover_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// hangs says nothing until its caller leaves.
func hangs(ctx context.Context, _ chat.Prompt, _ func(string) error) (chat.Usage, error) {
	<-ctx.Done()
	return chat.Usage{}, ctx.Err()
}

// slow says two words, each after a while.
func slow(d time.Duration) model {
	return func(ctx context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
		for _, word := range []string{"one ", "two"} {
			select {
			case <-time.After(d):
			case <-ctx.Done():
				return chat.Usage{}, ctx.Err()
			}
			if err := emit(word); err != nil {
				return chat.Usage{}, err
			}
		}
		return chat.Usage{}, nil
	}
}

// within asks in a minute's time, and expects what comes out and how long it takes.
func (d *desk) within(seen, text string, want error, took time.Duration) {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), time.Minute)
	defer cancel()
	began := time.Now()
	d.seen = nil
	got, _, err := d.askUnder(ctx)
	if d.sees(seen); got != text || !errors.Is(err, want) || time.Since(began) != took {
		d.Errorf("%q, %v after %s", got, err, time.Since(began))
	}
}

// One that says nothing is left in time for the next to be asked, and soon not asked any more.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, hangs, hangs, says("hi"))
		for range 5 {
			d.within("a failed, b failed, c answered", "hi", nil, 40*time.Second)
		}
		d.within("a skipped, b skipped, c answered", "hi", nil, 0)
	})
}

func TestSilenceIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, hangs, fails(broken))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, _, err := d.askUnder(ctx)
		if f := new(chat.Failure); !errors.As(err, &f) || f.Code != chat.CodeTimeout || !f.Retryable {
			t.Errorf("failed with %v", err)
		}
	})
}

// Who has begun to speak may take all the time there is, and so may the last.
func TestTheSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newDesk(t, slow(29*time.Second), says("never")).within("a answered", "one two", nil, 58*time.Second)
		newDesk(t, slow(31*time.Second), says("hi")).within("a failed, b answered", "hi", nil, 30*time.Second)
		newDesk(t, slow(30*time.Second-1)).within("a answered", "one two", nil, time.Minute-2)
		newDesk(t, fails(down), slow(25*time.Second)).within("a failed, b answered", "one two", nil, 50*time.Second)
		newDesk(t, slow(time.Hour), says("never")).expect("a answered", "one two", nil) // without a deadline
		d := newDesk(t, turns(fails(down), slow(50*time.Second)), fails(waiting(time.Hour)))
		d.expect("a failed, b limited", "", down)
		d.within("a left", "one ", context.DeadlineExceeded, time.Minute) // there was nobody to make way for
	})
}

// The end of the caller's time is its own.
func TestTheEndOfTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, hangs)
		for range 10 {
			d.within("a left", "", context.DeadlineExceeded, time.Minute)
		}
		d = newDesk(t, fails(down), slow(50*time.Second))
		d.within("a failed, b left", "one ", context.DeadlineExceeded, time.Minute)
	})
}

// A first word in the last moment is either kept or never heard of.
func TestTheLastMoment(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			text, _, err := newDesk(t, slow(30*time.Second), says("hi")).askUnder(ctx)
			if kept := text == "one two" || text == "one " && errors.Is(err, context.DeadlineExceeded); !kept && (text != "hi" || err != nil) {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}
