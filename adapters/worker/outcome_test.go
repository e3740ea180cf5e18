package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
)

func TestOutcome(t *testing.T) {
	ended := func(status chat.Status, f *chat.Failure) talk.Result {
		return talk.Result{Outcome: chat.Outcome{Status: status}, Failure: f}
	}
	slow := &chat.Failure{Code: chat.CodeTimeout}
	for _, c := range []struct {
		r          talk.Result
		err        error
		word, code string
	}{
		{ended(chat.Done, nil), nil, "done", ""},
		{ended(chat.Queued, slow), nil, "retried", chat.CodeTimeout},
		{ended(chat.Failed, slow), nil, "failed", chat.CodeTimeout},
		{talk.Result{}, fmt.Errorf("answering: %w", chat.ErrLost), "lost", "lost"},
		{talk.Result{}, chat.ErrCancelled, "lost", "cancelled"},
		{talk.Result{}, chat.ErrGone, "lost", "gone"},
		{talk.Result{}, context.Canceled, "lost", "internal"},
		{talk.Result{}, errors.New("the store is away"), "lost", "internal"},
	} {
		if word, code := outcome(c.r, c.err); word != c.word || code != c.code {
			t.Errorf("%+v, %v: %s %q, want %s %q", c.r, c.err, word, code, c.word, c.code)
		}
	}
}
