package answer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	finishAttempts = 6
	finishBackoff  = 100 * time.Millisecond // after the first attempt; doubled after each further one, 3.1 s in total
)

// finish writes the outcome of r and calls notify. It returns r with Refunded and WakeErr.
// When the store fails, finish retries the write, because the answer has already cost
// tokens. It fails with the error of the last write.
func (s *Service) finish(ctx context.Context, t reply.Task, r Result) (Result, error) {
	o, backoff := r.Outcome, finishBackoff
	for attempt := 1; ; attempt++ {
		finished, err := s.config.ReplyQueue.Finish(ctx, t.Reply, t.Fence, o, s.config.Clock.Now())
		if attempt > 1 && errors.Is(err, reply.ErrClaimLost) {
			finished, err = s.alreadyFinished(ctx, t, o)
		}
		if err == nil {
			r.Refunded = finished.Refunded
			r.WakeErr = s.notify(ctx, t, finished)
			return r, nil
		}
		if attempt == finishAttempts || claimEnded(err) || ctx.Err() != nil {
			return r, fmt.Errorf("writing the outcome: %w", err)
		}
		sleep(ctx, backoff)
		backoff *= 2
	}
}

// alreadyFinished checks whether an earlier write of finish succeeded and only its
// response was lost: then the stored reply has the outcome o. Otherwise, or when it cannot
// read the reply, alreadyFinished fails with reply.ErrClaimLost. Finished.Next stays "",
// so a sweep claims the next reply later.
func (s *Service) alreadyFinished(ctx context.Context, t reply.Task, o reply.Outcome) (ports.Finished, error) {
	m, err := s.config.Messages.Get(ctx, t.User, t.Room, t.Reply)
	if err != nil || m.Status != o.Status || m.Content != o.Content || m.Error != o.Error {
		return ports.Finished{}, reply.ErrClaimLost
	}
	return ports.Finished{Rev: m.Rev}, nil
}

// notify announces the end of the attempt to the followers of the room and wakes a worker
// for f.Next. It returns the error of the wake-up.
func (s *Service) notify(ctx context.Context, t reply.Task, f ports.Finished) (wakeErr error) {
	// On an error, followers poll the store.
	_ = s.config.Live.Announce(ctx, chat.Announcement{
		Owner: t.User,
		Room:  t.Room,
		Rev:   f.Rev,
		Ended: []chat.Attempt{attemptOf(t)}, // also before a retry: its followers discard the text
	})
	if f.Next == "" {
		return nil
	}
	return s.config.Wakeups.Wake(ctx, f.Next)
}

// sleep waits for d or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
