package answer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// prompt reads the earlier messages of the room and builds the prompt for the model. It
// fails with reply.ErrDeleted when the room was deleted.
func (s *Service) prompt(ctx context.Context, t reply.Task) (chat.Prompt, error) {
	page, err := s.config.Messages.Page(ctx, chat.Query{
		Owner:  t.User,
		Room:   t.Room,
		Before: &t.Prompt.Born,
		Limit:  chat.HistoryMessages,
	})
	if err != nil {
		err = fault.Replace(err, chat.ErrNotFound, reply.ErrDeleted)
		return chat.Prompt{}, fmt.Errorf("reading the history: %w", err)
	}
	return chat.Window(s.config.SystemPrompt, page.Messages, t.Prompt.Content, s.config.PromptTokens), nil
}

// attempt calls the model once, for at most reply.AttemptTimeout. It returns the text of
// the answer and the tokens that the model reported. It fails with the error of the model
// (ports.LLM). Without calling the model, it fails with the failure of
// reply.Task.CrashLimit, or with the cause of ctx when ctx ends before the user has a
// free slot.
func (s *Service) attempt(ctx context.Context, t reply.Task, prompt chat.Prompt) (string, chat.Usage, error) {
	if f := t.CrashLimit(); f != nil {
		return "", chat.Usage{}, f
	}
	release, err := s.calls.acquire(ctx, t.User)
	if err != nil {
		return "", chat.Usage{}, err
	}
	defer release()
	ctx, cancel := context.WithTimeout(ctx, reply.AttemptTimeout)
	defer cancel()
	w := &textWriter{live: s.config.Live, task: t}
	usage, err := s.config.LLM.Answer(ctx, prompt, func(delta string) error {
		return w.write(ctx, delta)
	})
	text := strings.Join(w.deltas, "")
	s.countUsage(prompt, text, usage, ctx.Err() != nil)
	if errors.Is(err, errTooLong) {
		err = nil
	}
	if err == nil && text == "" { // the model sent nothing, or only characters that cannot be stored
		err = &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
	}
	return text, usage, err
}

// textWriter collects the text of an attempt and appends it to the live log.
type textWriter struct {
	live   ports.Live
	task   reply.Task
	deltas []string
	size   int // bytes of all deltas, also of one that was refused with errTooLong
}

// errTooLong stops a model whose answer exceeds reply.MaxAnswerBytes. The answer then
// counts as complete.
var errTooLong = errors.New("the answer exceeds the maximum length")

// write adds a delta, without the characters that a text column of Postgres cannot store.
// It fails with errTooLong, or with reply.ErrClaimLost when the live log knows that the
// claim has ended. It ignores other errors of the live log, because the answer is stored
// without it.
func (w *textWriter) write(ctx context.Context, delta string) error {
	delta = strings.ReplaceAll(strings.ToValidUTF8(delta, "\uFFFD"), "\x00", "")
	if delta == "" {
		return nil
	}
	w.size += len(delta)
	if w.size > reply.MaxAnswerBytes {
		return errTooLong
	}
	w.deltas = append(w.deltas, delta)
	err := w.appendFrom(ctx, len(w.deltas)-1)
	if errors.Is(err, chat.ErrGap) { // the live log lost earlier deltas
		err = w.appendFrom(ctx, 0)
	}
	if errors.Is(err, reply.ErrClaimLost) {
		return err
	}
	return nil
}

// appendFrom appends the deltas with the index from and above to the live log.
func (w *textWriter) appendFrom(ctx context.Context, from int) error {
	return w.live.Append(ctx, chat.Piece{
		Room:   w.task.Room,
		Reply:  w.task.Reply,
		Fence:  w.task.Fence,
		From:   from,
		Deltas: w.deltas[from:],
	})
}
