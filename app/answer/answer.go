// Package answer is the use case of the job queue: it claims replies, calls the model,
// and writes the outcomes. The rules are in core/reply. adapters/worker calls this
// package.
package answer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Config is what a Service needs.
type Config struct {
	ReplyQueue     ports.ReplyQueue
	Messages       ports.Messages
	MessageChanges ports.MessageChanges
	Conversations  ports.Conversations
	Live           ports.Live
	LLM            ports.LLM
	Wakeups        ports.Wakeups
	CancelSignals  ports.CancelSignals
	TokenSpend     ports.TokenSpend
	Clock          ports.Clock
	Jitter         func() float64 // returns a random number in [0, 1), for reply.Backoff

	Budget  chat.Budget // of the prompts; its limit must suit every model that LLM may call
	PerUser int         // limit of the running replies of a user, over all processes; 0 means no limit

	RefundLimit quota.RefundLimit // of a user and UTC day
}

// Service is the use case.
type Service struct {
	config  Config
	calls   *userLimit
	usage   *usageCounter
	running *runningAttempts
}

// New returns a Service.
func New(c Config) *Service {
	return &Service{
		config:  c,
		calls:   newUserLimit(c.PerUser),
		usage:   newUsageCounter(),
		running: newRunningAttempts(),
	}
}

// Claim claims up to n replies that are due, with a lease of reply.Lease. woken are the replies
// whose wake-ups have arrived, see reply.ClaimTime. Claim may claim others, because users take
// turns. It fails with the error of the store.
func (s *Service) Claim(ctx context.Context, n int, woken ...id.ID) ([]reply.Task, error) {
	now := s.config.Clock.Now()
	at := reply.ClaimTime(now, woken)
	tasks, err := s.config.ReplyQueue.Claim(ctx, at, reply.Lease, n, s.config.PerUser)
	if err != nil {
		return nil, fmt.Errorf("claiming replies: %w", err)
	}
	for i := range tasks {
		tasks[i].Claimed = now
	}
	return tasks, nil
}

// Result describes an attempt whose outcome was written.
type Result struct {
	Outcome  reply.Outcome
	Refunded bool           // whether the quota unit was refunded; false if the response of the store was lost
	Failure  *reply.Failure // why the attempt failed, nil if it succeeded
	Duration time.Duration
	WakeErr  error   // why no worker was woken for the next reply; a sweep claims that reply later
	Chores   []Chore // what to do after the reply is done
}

// Answer makes one attempt at a claimed reply and writes its outcome. A failure of the
// model is an outcome, too. Answer renews the lease while the attempt runs. When the user
// cancels the reply, Answer stops the model and writes the text so far.
//
// Answer fails with reply.ErrClaimLost, reply.ErrCancelled or reply.ErrDeleted when the
// claim has ended, with the error of the store when the store fails, and with ctx's error
// when ctx is done. Then no outcome was written, unless the store wrote it and only its
// response was lost.
func (s *Service) Answer(ctx context.Context, t reply.Task) (Result, error) {
	start := s.config.Clock.Now()
	w := newDeltaWriter(s.config.Live, t)
	result, err := s.answer(ctx, t, w)
	if errors.Is(err, reply.ErrCancelled) {
		result, err = s.finishCancelled(ctx, t, w.seen())
	}
	if err != nil {
		return Result{}, s.abandon(ctx, t, err)
	}
	result.Duration = s.config.Clock.Now().Sub(start)
	return result, nil
}

// answer makes the attempt. It fails like Answer, and with reply.ErrCancelled when the
// outcome of a cancelled reply must be written.
func (s *Service) answer(ctx context.Context, t reply.Task, w *deltaWriter) (Result, error) {
	if t.Cancelling {
		return Result{}, reply.ErrCancelled
	}
	leased, release := s.keepLease(ctx, t)
	defer release()
	var announcing sync.WaitGroup
	announcing.Go(func() { s.announceClaim(leased, t) }) // while the store reads the history
	prompt, needs, err := s.prompt(leased, t)
	announcing.Wait()
	if err != nil { // the reply was deleted, or another attempt follows when the lease expires
		return Result{}, cmp.Or(context.Cause(leased), err)
	}
	usage, err := s.attempt(leased, t, prompt, w)
	if cause := context.Cause(leased); cause != nil {
		return Result{}, cause
	}
	result := s.resultOf(t, w.text(), usage, err)
	result.Chores = choresAfter(t, needs, prompt, result.Outcome)
	// Not leased: a renewal that follows the write fails with ErrClaimLost and cancels leased.
	return s.finish(ctx, t, result)
}

// announceClaim tells the followers of the room that the reply is running. It ignores an
// error: followers poll the store while the live log is unavailable.
func (s *Service) announceClaim(ctx context.Context, t reply.Task) {
	_ = s.config.Live.Announce(ctx, chat.Announcement{
		Owner:   t.User,
		Room:    t.Room,
		Rev:     t.Rev,
		Started: true,
	})
}

// resultOf returns the result of an attempt that returned text, usage and err. It does
// not set Duration, Refunded, WakeErr and Chores.
func (s *Service) resultOf(t reply.Task, text string, usage chat.Usage, err error) Result {
	if err == nil {
		return Result{Outcome: reply.Outcome{Status: chat.Done, Content: text, Usage: usage}}
	}
	f := failureOf(err)
	outcome := reply.RetryOrFail(t, f, s.config.Clock.Now(), s.config.Jitter(), s.config.RefundLimit)
	return Result{Failure: f, Outcome: outcome}
}

// failureOf returns err as a *reply.Failure. An error of another type is retryable.
func failureOf(err error) *reply.Failure {
	var f *reply.Failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.DeadlineExceeded):
		return &reply.Failure{Code: reply.CodeTimeout, Retryable: true, Cause: err}
	}
	return &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, Cause: err}
}

// abandon cleans up after an attempt that ended with err and without an outcome: if the
// reply was deleted or cancelled, it removes the text from the live log. It returns err
// with a prefix.
func (s *Service) abandon(ctx context.Context, t reply.Task, err error) error {
	if errors.Is(err, reply.ErrDeleted) || errors.Is(err, reply.ErrCancelled) {
		// On an error, the TTL of the live log removes the text later.
		_ = s.config.Live.Announce(context.WithoutCancel(ctx), chat.Announcement{
			Owner: t.User,
			Room:  t.Room,
			Rev:   t.Rev,
			Ended: []chat.Attempt{attemptOf(t)},
		})
	}
	return fmt.Errorf("answering: %w", err)
}
