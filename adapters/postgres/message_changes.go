package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

var editPrompt = load[editPromptParams]("edit_prompt.sql")

// editPromptParams are the parameters of edit_prompt.sql.
type editPromptParams struct {
	PromptID   id.ID       `db:"prompt_id"`
	Text       string      `db:"text"`
	Now        time.Time   `db:"now"`
	Rev        int64       `db:"rev"`
	Versions   int         `db:"versions"`
	OldText    string      `db:"old_text"`
	OldStatus  chat.Status `db:"old_status"`
	OldCreated time.Time   `db:"old_created"`
}

// Edit implements ports.MessageChanges.
func (s MessageChanges) Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error) {
	return withKey(s.DB, e.Ask, func() (accepted chat.Accepted, err error) {
		err = s.changeRoom(ctx, e.User, func(ctx context.Context, tx *sqlx.Tx) (err error) {
			accepted, err = edit(ctx, tx, e)
			return err
		})
		return accepted, wrap("editing a message", err)
	})
}

// edit makes one attempt. It fails as Edit does, but with errKeyTaken or errLockTimeout
// instead of chat.ErrInFlight.
func edit(ctx context.Context, tx *sqlx.Tx, e chat.Edit) (chat.Accepted, error) {
	a, err := newAskAgain(ctx, tx, e.Ask, e.Prompt)
	if err != nil {
		return chat.Accepted{}, err
	}
	if a.firstUse != nil {
		first, err := readFirstUse(ctx, tx, e.Ask, e.Prompt)
		first.Limit = a.terms.Limit
		return first, err
	}
	prompt := a.message.Message
	old := prompt.Edit(e.Text, e.Now)
	prompt.Rev = a.room.nextRev()
	a.room.Updated = e.Now
	restarted, spent, err := a.restartLast(ctx, func(last reply.Reply) bool { return last.InReplyTo == e.Prompt })
	if errors.Is(err, reply.ErrNotRetryable) {
		err = chat.ErrNotEditable
	}
	if err != nil {
		return chat.Accepted{Spent: spent}, err
	}
	if err := editPrompt.exec(ctx, tx, newEditPromptParams(prompt, old)); err != nil {
		return chat.Accepted{}, err
	}
	accepted := chat.Accepted{Prompt: prompt, Reply: restarted.ID, Spent: spent}
	return accepted, useKey(ctx, tx, e.Ask, keyUse{Prompt: e.Prompt})
}

// newEditPromptParams returns the parameters for an edited prompt and its old text.
func newEditPromptParams(prompt chat.Message, old chat.Version) editPromptParams {
	return editPromptParams{
		PromptID:   prompt.ID,
		Text:       prompt.Content,
		Now:        prompt.Revised,
		Rev:        prompt.Rev,
		Versions:   prompt.Versions,
		OldText:    old.Content,
		OldStatus:  old.Status,
		OldCreated: old.Created,
	}
}

// Retry implements ports.MessageChanges.
func (s MessageChanges) Retry(ctx context.Context, r chat.Retry) (chat.Retried, error) {
	return withKey(s.DB, r.Ask, func() (retried chat.Retried, err error) {
		err = s.changeRoom(ctx, r.User, func(ctx context.Context, tx *sqlx.Tx) (err error) {
			retried, err = retry(ctx, tx, r)
			return err
		})
		return retried, wrap("retrying a reply", err)
	})
}

// retry makes one attempt. It fails as Retry does, but with errKeyTaken or errLockTimeout
// instead of chat.ErrInFlight.
func retry(ctx context.Context, tx *sqlx.Tx, r chat.Retry) (chat.Retried, error) {
	a, err := newAskAgain(ctx, tx, r.Ask, r.Reply)
	if err != nil {
		return chat.Retried{}, err
	}
	if a.firstUse != nil {
		return a.replayRetry(ctx)
	}
	restarted, spent, err := a.restartLast(ctx, func(last reply.Reply) bool { return last.ID == r.Reply })
	if err != nil {
		return chat.Retried{Spent: spent}, err
	}
	retried := chat.Retried{Reply: restarted.Message, Spent: spent}
	return retried, useKey(ctx, tx, r.Ask, keyUse{
		Prompt:   restarted.InReplyTo,
		Versions: sql.Null[int]{V: restarted.Versions, Valid: true},
	})
}

// replayRetry returns the reply as it was after the first use of the key, except for its revision.
func (a *askAgain) replayRetry(ctx context.Context) (chat.Retried, error) {
	m := a.message.Message
	m.Status = chat.Queued
	m.Content = ""
	m.Error = ""
	m.Revised = a.firstUse.At
	m.Versions = a.firstUse.Versions.V
	used, err := countUnits(ctx, a.tx, a.ask.User, quota.DayOf(a.ask.Now))
	return chat.Retried{Reply: m, Replayed: true, Spent: chat.Spent{Used: used, Limit: a.terms.Limit}}, err
}
