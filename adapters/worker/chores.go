package worker

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/reply"
)

// startChores does the chores that follow an answer, in the background and one after the
// other. If no slot for chores is free, it does none of them: the next answer in the room has
// them again. So chores never delay an answer. They end when ctx is done.
func (w *Worker) startChores(ctx context.Context, t reply.Task, chores []answer.Chore) {
	if len(chores) == 0 || ctx.Err() != nil {
		return
	}
	if !w.chores.tryTake() {
		for _, c := range chores {
			w.config.OnChore(string(c.Kind), "skipped")
		}
		return
	}
	w.running.Go(func() {
		defer w.chores.release(1)
		for _, c := range chores {
			w.doChore(ctx, t, c)
		}
	})
}

// doChore does one chore after the answer to t, unless ctx is done.
func (w *Worker) doChore(ctx context.Context, t reply.Task, c answer.Chore) {
	if ctx.Err() != nil {
		return
	}
	log := w.config.Log.With("chore", c.Kind, "reply", t.Reply, "room", t.Room, "user", t.User)
	outcome := "panic"
	defer func() { w.config.OnChore(string(c.Kind), outcome) }()
	defer func() {
		if p := recover(); p != nil { // the value may contain text of the conversation
			log.Error("panic in a chore", "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		}
	}()
	stored, err := w.config.Answers.DoChore(ctx, c)
	switch {
	case stored:
		outcome = "done"
		log.Info("chore done")
	case err == nil:
		outcome = "obsolete"
	case ctx.Err() != nil:
		outcome = "cancelled"
	default:
		outcome = "failed"
		log.Warn("chore failed; the next answer in the room has it again", "err", err)
	}
}
