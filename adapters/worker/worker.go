// Package worker drives the answering: it takes wake-ups from the queue, sweeps
// up what they missed, and runs a bounded number of answers at once.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	sweepEvery  = time.Second
	beatLasts   = 5 * time.Second // a few sweeps
	purgeEvery  = time.Minute
	leaveWithin = 2 * time.Second
	// Drain is how long running answers may go on once the worker is told to stop.
	Drain = 15 * time.Second
)

// Worker answers replies until it is told to stop.
type Worker struct {
	name      string
	answers   *talk.Answers
	queue     ports.Queue
	workers   ports.Workers
	retention ports.Retention
	clock     ports.Clock
	log       *slog.Logger
	count     func(outcome, code string)

	slots   *slots
	backlog atomic.Bool // the last claim got all it asked for: there may be more
	filling atomic.Bool // someone claims for all free slots
	running sync.WaitGroup
}

// New returns a worker of at most concurrency answers at once. count is told of
// every attempt: done, retried, failed or lost, and the code of what was wrong, "panic" for a bug.
func New(name string, answers *talk.Answers, queue ports.Queue, workers ports.Workers, retention ports.Retention, clock ports.Clock, log *slog.Logger,
	count func(outcome, code string), concurrency int) *Worker {
	return &Worker{name: name, answers: answers, queue: queue, workers: workers, retention: retention, clock: clock, log: log, count: count, slots: newSlots(concurrency)}
}

// Run works until ctx is over, then lets running answers end for up to Drain.
// It returns nil then, and an error when the queue cannot go on.
func (w *Worker) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	tasks, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	swept := make(chan struct{})
	go func() {
		defer close(swept)
		w.sweep(ctx, tasks)
	}()
	err := w.queue.Consume(ctx, func(context.Context, id.ID) { w.one(ctx, tasks) }) // the handle's own context knows of no stop
	stop()
	<-swept
	w.drain(abandon)
	w.leave(ctx)
	if err != nil {
		return fmt.Errorf("consuming wake-ups: %w", err)
	}
	return nil
}

func (w *Worker) drain(abandon func()) {
	done := make(chan struct{})
	go func() { w.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(Drain):
		w.log.Warn("abandoning answers that did not end in time; another worker takes them over")
		abandon()
		<-done
	}
}

// leave counts what was spent since the last sweep, and says that the worker does not live any more.
func (w *Worker) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	if err := w.answers.Settle(ctx); err != nil {
		w.log.Error("worker: counting what was spent last", "err", err)
	}
	if err := w.workers.Beat(ctx, w.name, w.clock.Now()); err != nil {
		w.log.Warn("worker: saying that it is gone; it counts as live for some seconds more", "err", err)
	}
}

// sweep claims what is due, says that the worker lives, and now and then clears away what is over.
func (w *Worker) sweep(ctx, tasks context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var purged time.Time
	for {
		now := w.clock.Now()
		w.note(ctx, "saying that the worker lives", w.workers.Beat(ctx, w.name, now.Add(beatLasts)))
		w.fill(ctx, tasks)
		w.note(ctx, "counting what was spent", w.answers.Settle(ctx))
		if now.Sub(purged) >= purgeEvery {
			_, err := w.retention.Purge(ctx, now)
			w.note(ctx, "clearing away what is over", err)
			purged = now
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// note logs what a loop cannot return, unless it failed for the worker's being told to stop.
func (w *Worker) note(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		w.log.Error("worker: "+doing, "err", err)
	}
}

// one waits for a free slot, so that a full worker reads no wake-ups, and claims
// for it, and for all free ones when there may be more than wake-ups tell of.
// The wake-up is used up once the claim is kept.
func (w *Worker) one(ctx, tasks context.Context) {
	if !w.slots.take(ctx) {
		return
	}
	n := 1
	if w.backlog.Load() {
		n += w.slots.takeAll()
	}
	w.claim(ctx, tasks, n)
}

// fill claims for every free slot, and while there may be more to claim for those that
// get free meanwhile: whoever comes while another fills leaves it to them.
func (w *Worker) fill(ctx, tasks context.Context) {
	for more := true; more && w.filling.CompareAndSwap(false, true); {
		if n := w.slots.takeAll(); n > 0 {
			w.claim(ctx, tasks, n)
		}
		w.filling.Store(false)
		more = w.backlog.Load() && w.slots.any() && ctx.Err() == nil
	}
}

// claim claims for n taken slots, and gives those back that get nothing.
func (w *Worker) claim(ctx, tasks context.Context, n int) {
	claimed, err := w.answers.Claim(ctx, n)
	w.note(ctx, "claiming", err)
	w.backlog.Store(err == nil && len(claimed) == n)
	for _, t := range claimed {
		w.running.Go(func() { w.run(ctx, tasks, t) })
	}
	w.slots.give(n - len(claimed))
}

// run makes one attempt, and claims on when there may be more than wake-ups tell of.
func (w *Worker) run(ctx, tasks context.Context, t chat.Task) {
	defer func() {
		w.slots.give(1)
		if w.backlog.Load() && ctx.Err() == nil {
			w.fill(ctx, tasks)
		}
	}()
	defer w.survive(t)
	r, err := w.answers.Answer(tasks, t)
	w.report(t, r, err)
	w.count(outcome(r, err))
}
