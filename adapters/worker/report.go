package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
)

// report logs how an attempt went: never what was said.
func (w *Worker) report(t chat.Task, r talk.Result, err error) {
	log := w.log.With("reply", t.Reply, "room", t.Room, "user", t.User, "attempt", t.Errors+1, "fence", t.Fence)
	if r.Unwoken != nil {
		log.Warn("nobody was woken for the next reply; the sweep finds it", "err", r.Unwoken)
	}
	switch {
	case errors.Is(err, chat.ErrLost), errors.Is(err, chat.ErrCancelled), errors.Is(err, chat.ErrGone):
		log.Info("claim ended by others", "why", err)
	case errors.Is(err, context.Canceled):
		log.Warn("answer abandoned", "err", err)
	case err != nil:
		log.Error("answer not written; the lease runs out and another attempt follows", "err", err)
	case r.Failure != nil:
		logFailure(log, r)
	default:
		log.Info("answered", "took_ms", r.Taken.Milliseconds(), "tokens_in", r.Outcome.Usage.In, "tokens_out", r.Outcome.Usage.Out)
	}
}

// outcome is how an attempt ended, in a word, and the code of what was wrong. One
// whose outcome was not written is lost, whoever has the reply now.
func outcome(r talk.Result, err error) (word, code string) {
	switch {
	case err != nil:
		return "lost", fault.Of(err).Code
	case r.Outcome.Status == chat.Queued:
		return "retried", r.Failure.Code
	case r.Failure != nil:
		return "failed", r.Failure.Code
	}
	return "done", ""
}

func logFailure(log *slog.Logger, r talk.Result) {
	log = log.With("code", r.Failure.Code, "err", r.Failure.Cause, "took_ms", r.Taken.Milliseconds())
	if r.Outcome.Status == chat.Queued {
		log.Warn("llm failed, trying again", "retry_at", r.Outcome.RetryAt.Format(time.RFC3339Nano))
		return
	}
	log.Error("llm failed for good, unit given back")
}

// survive keeps one answer's panic from ending all others; its lease runs out as after a crash.
func (w *Worker) survive(t chat.Task) {
	if p := recover(); p != nil {
		w.log.Error("panic while answering", "reply", t.Reply, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		w.count("lost", "panic")
	}
}
