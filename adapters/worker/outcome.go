package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/reply"
)

// outcomeLabels returns the arguments of Config.OnAttempt for the result of an attempt.
func outcomeLabels(r answer.Result, err error) (outcome, code string) {
	switch {
	case err != nil:
		return "lost", fault.Of(err).Code
	case r.Outcome.Status == chat.Queued:
		return "retried", r.Failure.Code
	case r.Failure != nil:
		return "failed", r.Failure.Code
	}
	return string(r.Outcome.Status), "" // done or cancelled
}

// logAttempt logs the result of an attempt. The log never contains text of the conversation.
func (w *Worker) logAttempt(t reply.Task, r answer.Result, err error) {
	log := w.config.Log.With("reply", t.Reply, "room", t.Room, "user", t.User, "attempt", t.Errors+1, "fence", t.Fence)
	if r.WakeErr != nil {
		log.Warn("no worker woken for the next reply; the sweep finds it", "err", r.WakeErr)
	}
	switch {
	case errors.Is(err, reply.ErrClaimLost), errors.Is(err, reply.ErrCancelled), errors.Is(err, reply.ErrDeleted):
		log.Info("claim ended", "reason", err)
	case errors.Is(err, context.Canceled):
		log.Warn("attempt abandoned", "err", err)
	case err != nil:
		log.Error("outcome not written; another attempt follows when the lease expires", "err", err)
	case r.Failure != nil:
		logFailure(log, r)
	case r.Outcome.Status == chat.Cancelled:
		log.Info("cancelled", "took_ms", r.Duration.Milliseconds(), "refunded", r.Refunded)
	default:
		log.Info("answered",
			"took_ms", r.Duration.Milliseconds(),
			"tokens_in", r.Outcome.Usage.In,
			"tokens_out", r.Outcome.Usage.Out)
	}
}

// logFailure logs the result of an attempt that failed.
func logFailure(log *slog.Logger, r answer.Result) {
	log = log.With("code", r.Failure.Code, "err", r.Failure.Cause, "took_ms", r.Duration.Milliseconds())
	if r.Outcome.Status == chat.Queued {
		log.Warn("model call failed, retrying", "retry_at", r.Outcome.RetryAt.Format(time.RFC3339Nano))
		return
	}
	if !r.Refunded { // the limit of refunds is reached, or the response of the store was lost
		log.Error("model call failed, quota unit not refunded")
		return
	}
	log.Error("model call failed, quota unit refunded")
}

// recoverPanic prevents a panic in one attempt from ending the process. The lease of the
// reply expires, as after a crash. The log contains only the type of the panic value,
// because the value may contain text of the conversation.
func (w *Worker) recoverPanic(t reply.Task) {
	p := recover()
	if p == nil {
		return
	}
	w.config.Log.Error("panic while answering",
		"reply", t.Reply,
		"panic", fmt.Sprintf("%T", p),
		"stack", string(debug.Stack()))
	w.config.OnAttempt("lost", "panic")
}
