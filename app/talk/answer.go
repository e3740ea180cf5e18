package talk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// Voice is how the model is spoken to.
type Voice struct {
	System string // the system text
	Budget int    // tokens of system text, history and prompt together, as chat.Tokens counts
}

// Answers is the use cases of those who answer.
type Answers struct {
	work     ports.Work
	messages ports.Messages
	live     ports.Live
	llm      ports.LLM
	queue    ports.Queue
	spend    ports.Spend
	clock    ports.Clock
	chance   func() float64 // in [0, 1)
	voice    Voice
	perUser  int
	seats    *seats
	meter    *meter
}

// NewAnswers returns the use cases over their ports. Of one user, perUser replies
// are answered at once at most, by all processes together; 0 bounds nobody.
func NewAnswers(work ports.Work, messages ports.Messages, live ports.Live, llm ports.LLM, queue ports.Queue, spend ports.Spend, clock ports.Clock, chance func() float64,
	voice Voice, perUser int) *Answers {
	return &Answers{work, messages, live, llm, queue, spend, clock, chance, voice, perUser, newSeats(perUser), newMeter()}
}

// Claim takes up to n due replies.
func (a *Answers) Claim(ctx context.Context, n int) ([]chat.Task, error) {
	now := a.clock.Now()
	tasks, err := a.work.Claim(ctx, now, chat.Lease, n, a.perUser)
	if err != nil {
		return nil, fmt.Errorf("claiming replies: %w", err)
	}
	for i := range tasks {
		tasks[i].Claimed = now
	}
	return tasks, nil
}

// Result is how an attempt went.
type Result struct {
	Outcome chat.Outcome
	Failure *chat.Failure // why there is no answer, nil when there is one
	Taken   time.Duration
	Unwoken error // why the next reply had nobody woken
}

// Answer makes one attempt at a claimed reply and writes how it went, holding
// the claim meanwhile. It fails with chat.ErrLost, chat.ErrCancelled or
// chat.ErrGone when the reply is no longer its own, having written nothing then.
func (a *Answers) Answer(ctx context.Context, t chat.Task) (Result, error) {
	start := a.clock.Now()
	held, release := a.hold(ctx, t)
	defer release()
	_ = a.live.Announce(held, t.Room, t.Rev) // followers see it running; they look again in any case
	prompt, err := a.prompt(held, t)
	if err != nil { // the store's fault, not the model's: the lease runs out and another attempt follows
		return Result{}, a.leave(ctx, t, cmp.Or(context.Cause(held), err))
	}
	text, usage, err := a.attempt(held, t, prompt)
	if cause := context.Cause(held); cause != nil {
		return Result{}, a.leave(ctx, t, cause)
	}
	r := Result{Outcome: chat.Outcome{Status: chat.Done, Content: text, Usage: usage}}
	if err != nil {
		r.Failure = failure(err)
		r.Outcome = chat.Decide(t, r.Failure, a.clock.Now(), a.chance())
	}
	// Not under held: a renewal that meets the outcome just written finds the claim over.
	if r.Unwoken, err = a.finish(ctx, t, r.Outcome); err != nil {
		return Result{}, a.leave(ctx, t, err)
	}
	r.Taken = a.clock.Now().Sub(start)
	return r, nil
}

// leave says why an attempt was given up, and drops what it may have appended since
// its reply was deleted or cancelled.
func (a *Answers) leave(ctx context.Context, t chat.Task, why error) error {
	if errors.Is(why, chat.ErrGone) || errors.Is(why, chat.ErrCancelled) {
		_ = a.live.Announce(context.WithoutCancel(ctx), t.Room, t.Rev, t.Reply) // the live log forgets by itself in time
	}
	return fmt.Errorf("answering: %w", why)
}

// prompt is what the model gets to see of the room.
func (a *Answers) prompt(ctx context.Context, t chat.Task) (chat.Prompt, error) {
	before, err := a.messages.Page(ctx, chat.Query{Owner: t.User, Room: t.Room, Before: &t.Prompt.Born, Limit: chat.HistoryMessages})
	if errors.Is(err, chat.ErrNotFound) {
		err = chat.ErrGone
	}
	if err != nil {
		return chat.Prompt{}, fmt.Errorf("reading the history: %w", err)
	}
	return chat.Window(a.voice.System, before.Messages, t.Prompt.Content, a.voice.Budget), nil
}

// attempt calls the model once, for as long as an attempt may take.
func (a *Answers) attempt(ctx context.Context, t chat.Task, prompt chat.Prompt) (string, chat.Usage, error) {
	if f := t.GivenUp(); f != nil {
		return "", chat.Usage{}, f
	}
	free, err := a.seats.take(ctx, t.User)
	if err != nil {
		return "", chat.Usage{}, err
	}
	defer free()
	ctx, cancel := context.WithTimeout(ctx, chat.AttemptTimeout)
	defer cancel()
	w := &writer{live: a.live, task: t}
	usage, err := a.llm.Answer(ctx, prompt, func(delta string) error {
		return w.write(ctx, delta)
	})
	text := strings.Join(w.deltas, "")
	a.spent(prompt, text, usage, ctx.Err() != nil)
	if errors.Is(err, errLong) {
		err = nil
	}
	if err == nil && text == "" { // nothing that could be kept
		err = &chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
	}
	return text, usage, err
}

// failure makes of any error what the model's failing means.
func failure(err error) *chat.Failure {
	var f *chat.Failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.DeadlineExceeded):
		return &chat.Failure{Code: chat.CodeTimeout, Retryable: true, Cause: err}
	}
	return &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, Cause: err}
}

// writer keeps an attempt's text and passes it on to those who watch.
type writer struct {
	live   ports.Live
	task   chat.Task
	deltas []string
	size   int // in bytes
}

// errLong ends an answer that has come to chat.LongestAnswer, which is whole then.
var errLong = errors.New("the answer is as long as one may be")

// write adds a delta, without what a text column cannot keep. It fails only with
// errLong and chat.ErrLost: a live log that is away must not cost the answer.
func (w *writer) write(ctx context.Context, delta string) error {
	delta = strings.ReplaceAll(strings.ToValidUTF8(delta, "\uFFFD"), "\x00", "")
	if delta == "" {
		return nil
	}
	if w.size += len(delta); w.size > chat.LongestAnswer {
		return errLong
	}
	w.deltas = append(w.deltas, delta)
	err := w.append(ctx, len(w.deltas)-1)
	if errors.Is(err, chat.ErrGap) {
		err = w.append(ctx, 0)
	}
	if errors.Is(err, chat.ErrLost) {
		return err
	}
	return nil
}

func (w *writer) append(ctx context.Context, from int) error {
	return w.live.Append(ctx, chat.Piece{Room: w.task.Room, Reply: w.task.Reply, Fence: w.task.Fence, From: from, Deltas: w.deltas[from:]})
}
