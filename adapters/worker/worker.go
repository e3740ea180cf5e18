// Package worker drives app/answer: it claims replies when it receives a wake-up, and in a
// sweep every second. It runs a limited number of attempts concurrently.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kuvaka-tech/parley/adapters/internal/batch"
	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// DrainTimeout is how long running attempts may continue after a worker was told to stop.
	DrainTimeout = 15 * time.Second

	finalWriteTimeout = 2 * time.Second // limits writeFinalState

	// consumers is how many wake-ups a worker handles concurrently. They share their claims. More
	// of them would take wake-ups from other workers while this one has no free slot.
	consumers = 4
)

// Config is what a Worker needs.
type Config struct {
	Name        string // unique among the worker processes
	Answers     *answer.Service
	Wakeups     ports.Wakeups
	Workers     ports.Workers
	Retention   ports.Retention
	Clock       ports.Clock
	Log         *slog.Logger
	MessageTTL  time.Duration // how long messages are kept; 0 for ever
	Concurrency int           // the maximum number of attempts that run concurrently

	// OnAttempt is called after every attempt. outcome is "done", "cancelled", "retried",
	// "failed", or "lost" if no outcome was written. code is the code of the error, "panic" for a panic,
	// and "" if the attempt succeeded.
	OnAttempt func(outcome, code string)
	// OnChore is called after every chore. chore is its answer.ChoreKind. outcome is "done",
	// "obsolete" if the room did not need the result any more, "failed", "cancelled" if the worker
	// was stopped, "panic", or "skipped" if all slots for chores were in use.
	OnChore func(chore, outcome string)
}

// Worker answers replies until it is told to stop.
type Worker struct {
	config Config

	slots    *slots
	finished finished
	chores   *slots      // for the chores after answers
	backlog  atomic.Bool // the last claim got a reply for each slot, also without wake-ups: there may be more
	claiming atomic.Bool // a goroutine is in claimForFreeSlots
	wanted   atomic.Bool // that goroutine must claim once more
	running  sync.WaitGroup
}

// New returns a Worker.
func New(c Config) *Worker {
	return &Worker{
		config: c,
		slots:  newSlots(c.Concurrency),
		chores: newSlots(c.Concurrency/4 + 1),
	}
}

// Run claims and answers replies until ctx is done. Running attempts may then
// continue for up to DrainTimeout. Run returns nil after ctx is done, and an
// error when the wake-ups cannot be consumed any more.
func (w *Worker) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	attemptCtx, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	var loops sync.WaitGroup
	loops.Go(func() { w.sweepLoop(ctx, attemptCtx) })
	loops.Go(func() { w.removeDeletedLoop(ctx) })
	loops.Go(func() { w.removeOldLoop(ctx) })
	go w.receiveCancels(attemptCtx)
	err := w.consume(ctx, attemptCtx)
	stop()
	loops.Wait()
	w.drain(abandon)
	w.writeFinalState(ctx)
	if err != nil {
		return fmt.Errorf("consuming wake-ups: %w", err)
	}
	return nil
}

// consume handles wake-ups until ctx is done. It fails when they cannot be consumed any more.
func (w *Worker) consume(ctx, attemptCtx context.Context) error {
	claims := batch.New(consumers, func(_ context.Context, woken []id.ID) ([]struct{}, error) {
		w.claimForWakeups(ctx, attemptCtx, woken)
		return make([]struct{}, len(woken)), nil
	})
	group, ctx := errgroup.WithContext(ctx)
	for range consumers {
		group.Go(func() error {
			return w.config.Wakeups.Consume(ctx, func(handling context.Context, replyID id.ID) {
				if !w.slots.take(ctx) {
					return
				}
				if _, err := claims.Do(context.WithoutCancel(handling), replyID); err != nil {
					w.config.Log.Error("panic while claiming replies for wake-ups") // without err, which may have texts
				}
			})
		})
	}
	return group.Wait()
}

// drain waits for the running attempts. After DrainTimeout it calls abandon, which ends
// attemptCtx.
func (w *Worker) drain(abandon func()) {
	drained := make(chan struct{})
	go func() {
		w.running.Wait()
		close(drained)
	}()
	select {
	case <-drained:
	case <-time.After(DrainTimeout):
		w.config.Log.Warn("drain timeout exceeded, abandoning running attempts; another worker repeats them")
		abandon()
		<-drained
	}
}

// writeFinalState writes the token usage since the last sweep and ends the heartbeat.
func (w *Worker) writeFinalState(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finalWriteTimeout)
	defer cancel()
	if err := w.config.Answers.FlushUsage(ctx); err != nil {
		w.config.Log.Error("worker: writing the last token usage; it is lost", "err", err)
	}
	if err := w.heartbeat(ctx, w.config.Clock.Now(), 0); err != nil {
		w.config.Log.Warn("worker: ending the heartbeat; the worker counts as alive until it expires", "err", err)
	}
}
