package answer

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/reply"
)

// prompt reads the history of the room, builds the prompt for the model, and says which
// chores follow an answer. It fails with reply.ErrDeleted when the room was deleted.
func (s *Service) prompt(ctx context.Context, t reply.Task) (chat.Prompt, choreNeeds, error) {
	h, err := s.config.Conversations.History(ctx, chat.HistoryQuery{
		Owner:    t.User,
		Room:     t.Room,
		Before:   t.Prompt.Born,
		Limit:    chat.HistoryMessages,
		MaxBytes: s.config.Budget.HistoryBytes(),
	})
	if err != nil {
		err = fault.Replace(err, chat.ErrNotFound, reply.ErrDeleted)
		return chat.Prompt{}, choreNeeds{}, fmt.Errorf("reading the history: %w", err)
	}
	budget, current := s.config.Budget, t.Prompt.Content
	needs := choreNeeds{title: h.Name == "", answerTokens: budget.UntilSummary(h, current)}
	return budget.Window(h, current), needs, nil
}

// attempt calls the model once, for at most reply.AttemptTimeout, and passes the answer to
// w. It returns the tokens that the model reported. It fails with the error of the model
// (ports.LLM). Without calling the model, it fails with the failure of
// reply.Task.CrashLimit, or with the cause of ctx when ctx ends before the user has a
// free slot.
func (s *Service) attempt(
	ctx context.Context, t reply.Task, prompt chat.Prompt, w *deltaWriter,
) (chat.Usage, error) {
	if f := t.CrashLimit(); f != nil {
		return chat.Usage{}, f
	}
	release, err := s.calls.acquire(ctx, t.User)
	if err != nil {
		return chat.Usage{}, err
	}
	defer release()
	calling, cancel := context.WithTimeout(ctx, reply.AttemptTimeout)
	defer cancel()
	usage, err := s.config.LLM.Answer(calling, prompt, func(text string) error {
		return w.write(calling, text)
	})
	w.close(ctx)
	text := w.text()
	s.countUsage(prompt, text, usage, err)
	if errors.Is(err, errTooLong) {
		err = nil
	}
	if err == nil && text == "" { // the model sent nothing, or only characters that cannot be stored
		err = &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
	}
	return usage, err
}
