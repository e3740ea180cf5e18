package worker

import (
	"context"

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/reply"
)

// The functions below take two contexts. ctx is done when the worker is told to stop: it then
// makes no more claims. attemptCtx is the context of the attempts. It is cancelled only if
// attempts still run DrainTimeout after that.

// handleWakeup waits for a free slot and claims a reply for it. So a worker without a free
// slot consumes no more wake-ups, and other workers receive them. While there is a backlog,
// handleWakeup claims for all free slots, because more replies may be due than wake-ups
// arrive.
func (w *Worker) handleWakeup(ctx, attemptCtx context.Context) {
	if !w.slots.take(ctx) {
		return
	}
	n := 1
	if w.backlog.Load() {
		n += w.slots.takeFree()
	}
	w.claim(ctx, attemptCtx, n)
}

// claimForFreeSlots claims replies for all free slots. While there is a backlog, it repeats
// this for the slots that become free during a claim. Only one goroutine does this at a
// time: in another one, claimForFreeSlots does nothing.
func (w *Worker) claimForFreeSlots(ctx, attemptCtx context.Context) {
	for again := true; again && w.claiming.CompareAndSwap(false, true); {
		if n := w.slots.takeFree(); n > 0 {
			w.claim(ctx, attemptCtx, n)
		}
		w.claiming.Store(false)
		again = w.backlog.Load() && w.slots.hasFree() && ctx.Err() == nil
	}
}

// claim claims replies for n slots that the caller has taken. It starts the attempts and
// releases the slots for which there was no reply.
func (w *Worker) claim(ctx, attemptCtx context.Context, n int) {
	tasks, err := w.config.Answers.Claim(ctx, n)
	w.logError(ctx, "claiming replies", err)
	w.backlog.Store(err == nil && len(tasks) == n)
	for _, t := range tasks {
		w.running.Go(func() { w.attempt(ctx, attemptCtx, t) })
	}
	w.slots.release(n - len(tasks))
}

// attempt makes one attempt at a reply, releases its slot, and starts the chores that follow
// the answer. While there is a backlog, it then claims for the free slots.
func (w *Worker) attempt(ctx, attemptCtx context.Context, t reply.Task) {
	chores := w.answer(attemptCtx, t)
	w.slots.release(1)
	w.startChores(ctx, t, chores)
	if w.backlog.Load() && ctx.Err() == nil {
		w.claimForFreeSlots(ctx, attemptCtx)
	}
}

// answer makes one attempt at a reply and returns the chores that follow the answer.
func (w *Worker) answer(ctx context.Context, t reply.Task) []answer.Chore {
	defer w.recoverPanic(t)
	r, err := w.config.Answers.Answer(ctx, t)
	if err == nil && r.Outcome.Status.Final() {
		w.finished.add(w.config.Clock.Now())
	}
	w.logAttempt(t, r, err)
	w.config.OnAttempt(outcomeLabels(r, err))
	return r.Chores
}
