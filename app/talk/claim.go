package talk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// hold renews a claim until release is called; when the claim is lost, the
// context is over with the reason as its cause.
func (a *Answers) hold(ctx context.Context, t chat.Task) (held context.Context, release func()) {
	held, cancel := context.WithCancelCause(ctx)
	beat, stop := context.WithCancel(held)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := a.renew(beat, t); err != nil {
			cancel(err)
		}
	}()
	return held, func() { stop(); <-ended; cancel(nil) }
}

// renew prolongs the lease until ctx is over, and at once where claiming took a good
// part of it. A store that is away is asked again: nobody else can claim there
// either, and the fence guards the rest.
func (a *Answers) renew(ctx context.Context, t chat.Task) error {
	tick := time.NewTicker(chat.RenewEvery)
	defer tick.Stop()
	for late := a.clock.Now().Sub(t.Claimed) > chat.RenewEvery; ; late = false {
		if !late {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
		if err := a.work.Renew(ctx, t.Reply, t.Fence, a.clock.Now(), chat.Lease); lost(err) {
			return err
		}
	}
}

func lost(err error) bool {
	return errors.Is(err, chat.ErrLost) || errors.Is(err, chat.ErrCancelled) || errors.Is(err, chat.ErrGone)
}

const (
	finishTries = 6
	finishPause = 100 * time.Millisecond // doubled each time: some 3 s in all
)

// finish writes the outcome and tells who waits for it. A store that fails is
// asked again, so that an answer paid for is not thrown away.
func (a *Answers) finish(ctx context.Context, t chat.Task, o chat.Outcome) (unwoken, err error) {
	pause := finishPause
	for try := 1; ; try++ {
		done, err := a.work.Finish(ctx, t.Reply, t.Fence, o, a.clock.Now())
		if try > 1 && errors.Is(err, chat.ErrLost) {
			done, err = a.finished(ctx, t, o)
		}
		if err == nil {
			return a.tell(ctx, t, o, done), nil
		}
		if try == finishTries || lost(err) || ctx.Err() != nil {
			return nil, fmt.Errorf("writing the outcome: %w", err)
		}
		sleep(ctx, pause)
		pause *= 2
	}
}

// finished is what an earlier try led to, should it have written the outcome before
// its own answer was lost. It knows of nobody to wake: the sweep finds them. It fails with chat.ErrLost.
func (a *Answers) finished(ctx context.Context, t chat.Task, o chat.Outcome) (ports.Finished, error) {
	m, err := a.messages.Get(ctx, t.User, t.Room, t.Reply)
	if err != nil || m.Status != o.Status || m.Content != o.Content || m.Error != o.Error {
		return ports.Finished{}, chat.ErrLost
	}
	return ports.Finished{Rev: m.Rev}, nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// tell announces the outcome and wakes a worker for the reply that this one held
// back, in its room or for having one of its user's places.
func (a *Answers) tell(ctx context.Context, t chat.Task, o chat.Outcome, done ports.Finished) (unwoken error) {
	ended := []id.ID{t.Reply}
	if !o.Status.Final() {
		ended = nil
	}
	_ = a.live.Announce(ctx, t.Room, done.Rev, ended...) // followers look again in any case
	if done.Next == "" {
		return nil
	}
	return a.queue.Wake(ctx, done.Next)
}
