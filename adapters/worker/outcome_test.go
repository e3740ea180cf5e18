package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

func TestOutcome(t *testing.T) {
	result := func(status chat.Status, f *reply.Failure) answer.Result {
		return answer.Result{Outcome: reply.Outcome{Status: status}, Failure: f}
	}
	timeout := &reply.Failure{Code: reply.CodeTimeout}
	for name, c := range map[string]struct {
		result answer.Result
		err    error
		label  string
		code   string
	}{
		"answered":       {result: result(chat.Done, nil), label: "done"},
		"retried":        {result: result(chat.Queued, timeout), label: "retried", code: reply.CodeTimeout},
		"failed":         {result: result(chat.Failed, timeout), label: "failed", code: reply.CodeTimeout},
		"claim lost":     {err: fmt.Errorf("answering: %w", reply.ErrClaimLost), label: "lost", code: "lost"},
		"cancelled":      {err: reply.ErrCancelled, label: "lost", code: "cancelled"},
		"deleted":        {err: reply.ErrDeleted, label: "lost", code: "gone"},
		"worker stopped": {err: context.Canceled, label: "lost", code: "internal"},
		"store failed":   {err: errors.New("store unavailable"), label: "lost", code: "internal"},
	} {
		if label, code := outcomeLabels(c.result, c.err); label != c.label || code != c.code {
			t.Errorf("%s: outcome = %s, code %q, want %s, code %q", name, label, code, c.label, c.code)
		}
	}
}
