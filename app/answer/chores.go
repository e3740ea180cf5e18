package answer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// ChoreKind is the kind of a Chore.
type ChoreKind string

// The kinds of chores.
const (
	TitleChore   ChoreKind = "title"   // a name for a room that has none
	SummaryChore ChoreKind = "summary" // a summary of messages that will not fit into the next prompts
)

// Chore is a call of the model for a room after an answer. No user waits for it, and nothing
// is lost if it fails or is not done: the next answer has the chore again. It uses no quota of
// the user. Its tokens count towards the budget of the day.
type Chore struct {
	Kind  ChoreKind
	task  reply.Task
	title chat.Prompt // with TitleChore
}

// choreNeeds says which chores follow an answer.
type choreNeeds struct {
	title        bool
	answerTokens int // an answer with more tokens needs a summary
}

// choresAfter returns the chores that follow the outcome of an attempt: at most one of each
// kind, and none unless the reply is done.
func choresAfter(t reply.Task, needs choreNeeds, prompt chat.Prompt, o reply.Outcome) []Chore {
	if o.Status != chat.Done {
		return nil
	}
	var chores []Chore
	if needs.title {
		chores = append(chores, Chore{Kind: TitleChore, task: t, title: chat.TitlePrompt(prompt, o.Content)})
	}
	if chat.Tokens(o.Content) > needs.answerTokens {
		chores = append(chores, Chore{Kind: SummaryChore, task: t})
	}
	return chores
}

// errObsolete means that a room has nothing to summarize any more.
var errObsolete = errors.New("another summary covers the messages")

// DoChore does a chore. stored is false without an error if the room does not need the result
// any more: it was deleted or named, or another worker was faster. DoChore fails with the
// error of the model or of the store, and with ctx's error when ctx is done.
func (s *Service) DoChore(ctx context.Context, c Chore) (stored bool, err error) {
	if c.Kind == TitleChore {
		err = s.writeTitle(ctx, c)
	} else {
		err = s.summarize(ctx, c.task)
	}
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, errObsolete), errors.Is(err, chat.ErrNotFound), errors.Is(err, chat.ErrStaleSummary):
		return false, nil
	}
	return false, fmt.Errorf("making a %s: %w", c.Kind, err)
}

// writeTitle asks the model for a title, stores it and announces the change of the room. It
// fails with chat.ErrNotFound if the room was deleted or has a name.
func (s *Service) writeTitle(ctx context.Context, c Chore) error {
	text, err := s.ask(ctx, c.title, chat.TitleBytes)
	if err != nil {
		return err
	}
	title, ok := chat.CleanTitle(text)
	if !ok {
		return errors.New("the answer contains no title")
	}
	r, err := s.config.Conversations.SetTitle(ctx, c.task.User, c.task.Room, title)
	if err != nil {
		return fmt.Errorf("storing the title: %w", err)
	}
	// On an error, followers read the store from time to time.
	_ = s.config.Live.Announce(context.WithoutCancel(ctx), chat.Announcement{Owner: r.Owner, Room: r.ID, Rev: r.Rev})
	return nil
}

// summarize asks the model for a summary that covers more messages of the room, and stores
// it. It fails with errObsolete, chat.ErrNotFound or chat.ErrStaleSummary if the room does not
// need it any more.
func (s *Service) summarize(ctx context.Context, t reply.Task) error {
	h, err := s.config.Conversations.History(ctx, chat.HistoryQuery{
		Owner:    t.User,
		Room:     t.Room,
		Limit:    chat.HistoryMessages,
		MaxBytes: s.config.Budget.HistoryBytes(),
		Oldest:   true,
	})
	if err != nil {
		return fmt.Errorf("reading the messages to summarize: %w", err)
	}
	prompt, through, ok := s.config.Budget.SummaryPrompt(h)
	if !ok {
		return errObsolete
	}
	text, err := s.ask(ctx, prompt, s.config.Budget.SummaryBytes())
	if err != nil {
		return err
	}
	err = s.config.Conversations.SetSummary(ctx, ports.SummaryChange{
		Owner: t.User,
		Room:  t.Room,
		Old:   h.Summary.Through,
		New:   chat.Summary{Text: text, Through: through},
	})
	if err != nil {
		return fmt.Errorf("storing the summary: %w", err)
	}
	return nil
}

// ask calls the model once, for at most reply.AttemptTimeout, and counts the tokens. It
// returns the text of the answer without white space around it, and stops the model after
// maxBytes. It fails with the error of the model (ports.LLM).
func (s *Service) ask(ctx context.Context, p chat.Prompt, maxBytes int) (string, error) {
	calling, cancel := context.WithTimeout(ctx, reply.AttemptTimeout)
	defer cancel()
	var text strings.Builder
	usage, err := s.config.LLM.Answer(calling, p, func(delta string) error {
		delta = storable(delta)
		fitting := chat.CutToFit(delta, maxBytes-text.Len())
		text.WriteString(fitting)
		if len(fitting) < len(delta) {
			return errTooLong
		}
		return nil
	})
	s.countUsage(p, text.String(), usage, err)
	if err != nil && !errors.Is(err, errTooLong) {
		return "", fmt.Errorf("calling the model: %w", err)
	}
	answer := strings.TrimSpace(text.String())
	if answer == "" {
		return "", errors.New("the answer is empty")
	}
	return answer, nil
}
