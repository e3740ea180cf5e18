package worker

import (
	"context"

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// The functions below take two contexts. ctx is done when the worker is told to stop: it then
// makes no more claims. attemptCtx is the context of the attempts. It is cancelled only if
// attempts still run DrainTimeout after that.

// claimForWakeups claims a reply for each wake-up. woken are the replies of the wake-ups, for which
// the callers have taken slots.
// While there is a backlog, or if wake-ups arrive faster than claims end, it claims for all free
// slots.
func (w *Worker) claimForWakeups(ctx, attemptCtx context.Context, woken []id.ID) {
	free := 0
	if len(woken) > 1 || w.backlog.Load() {
		free = w.slots.takeFree()
	}
	w.claim(ctx, attemptCtx, woken, free)
}

// claimForFreeSlots claims replies for all free slots. While there is a backlog, it repeats
// this for the slots that become free during a claim. Only one goroutine does this at a
// time: in another one, claimForFreeSlots makes that goroutine claim once more.
func (w *Worker) claimForFreeSlots(ctx, attemptCtx context.Context) {
	w.wanted.Store(true)
	for w.wanted.Load() && ctx.Err() == nil && w.claiming.CompareAndSwap(false, true) {
		w.wanted.Store(false)
		if free := w.slots.takeFree(); free > 0 {
			w.claim(ctx, attemptCtx, nil, free)
		}
		if w.backlog.Load() && w.slots.hasFree() {
			w.wanted.Store(true)
		}
		w.claiming.Store(false)
	}
}

// claim claims a reply for each of some wake-ups and, if there are more, for other slots. The
// caller has taken the slots. claim starts the attempts and releases the slots for which there
// was no reply.
func (w *Worker) claim(ctx, attemptCtx context.Context, woken []id.ID, others int) {
	n, started := len(woken)+others, 0
	defer func() { w.slots.release(n - started) }() // also after a panic
	tasks, err := w.config.Answers.Claim(ctx, n, woken...)
	w.logError(ctx, "claiming replies", err)
	if len(tasks) < n {
		w.backlog.Store(false)
	} else if others > 0 {
		w.backlog.Store(true)
	}
	started = len(tasks)
	for _, t := range tasks {
		w.running.Go(func() { w.attempt(ctx, attemptCtx, t) })
	}
}

// attempt makes one attempt at a reply, releases its slot, and starts the chores that follow
// the answer. While there is a backlog, it then claims for the free slots. It also does this if
// no worker could be woken for the next reply.
func (w *Worker) attempt(ctx, attemptCtx context.Context, t reply.Task) {
	r := w.answer(attemptCtx, t)
	w.slots.release(1)
	w.startChores(ctx, t, r.Chores)
	if (w.backlog.Load() || r.WakeErr != nil) && ctx.Err() == nil {
		w.claimForFreeSlots(ctx, attemptCtx)
	}
}

// answer makes one attempt at a reply. If the attempt fails or panics, the result is empty.
func (w *Worker) answer(ctx context.Context, t reply.Task) (r answer.Result) {
	defer w.recoverPanic(t)
	r, err := w.config.Answers.Answer(ctx, t)
	if err == nil && r.Outcome.Status.Final() {
		w.finished.add(w.config.Clock.Now())
	}
	w.logAttempt(t, r, err)
	w.config.OnAttempt(outcomeLabels(r, err))
	return r
}
