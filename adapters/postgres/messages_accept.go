package postgres

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// A message without an idempotency key has its own statement, without the parts for
// keys. Those parts take time even when they find no row.
var (
	acceptMessage        = load[acceptParams]("accept_message.sql")
	acceptMessageWithKey = load[acceptKeyParams]("accept_message_with_key.sql")
	findFirstUse         = load[firstUseParams]("first_use.sql")
)

// acceptParams are the parameters of accept_message.sql.
type acceptParams struct {
	UserID     id.ID       `db:"user_id"`
	RoomID     id.ID       `db:"room_id"`
	PromptID   id.ID       `db:"prompt_id"`
	ReplyID    id.ID       `db:"reply_id"`
	Text       string      `db:"text"`
	Now        time.Time   `db:"now"`
	Day        time.Time   `db:"day"`
	BasicLimit quota.Limit `db:"basic_limit"`
	BasicRank  time.Time   `db:"basic_rank"`
	ProLimit   quota.Limit `db:"pro_limit"`
	ProRank    time.Time   `db:"pro_rank"`
	Overloaded bool        `db:"overloaded"`
}

// acceptKeyParams are the parameters of accept_message_with_key.sql.
type acceptKeyParams struct {
	acceptParams
	Key       string    `db:"key"`
	TextHash  []byte    `db:"text_hash"`
	ExpiredAt time.Time `db:"expired_at"`
}

// firstUseParams are the parameters of first_use.sql.
type firstUseParams struct {
	PromptID id.ID     `db:"prompt_id"`
	UserID   id.ID     `db:"user_id"`
	Day      time.Time `db:"day"`
}

// acceptResult is the row that accept_message.sql and accept_message_with_key.sql return.
type acceptResult struct {
	RoomRev     int64       `db:"room_rev"` // before the message
	DailyLimit  quota.Limit `db:"daily_limit"`
	Used        int         // messages of the day including this one; 0 if this one was not accepted
	FirstHash   []byte      `db:"first_hash"`   // of the key's first use; nil if the key is unused or expired
	FirstPrompt id.ID       `db:"first_prompt"` // of the key's first use; "" if the key is unused or expired
}

// Accept implements ports.Messages. If a message with a key is rejected, Accept tries
// once more: the first use of the key may have been accepted while this message waited
// for the lock on its room. The second attempt then returns the result of the first use.
func (s Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	accepted, err := s.accept(ctx, d)
	if d.Key == "" {
		return accepted, wrap("accepting a message", err)
	}
	if errors.Is(err, errKeyTaken) || errors.Is(err, quota.ErrExhausted) || errors.Is(err, quota.ErrOverloaded) {
		accepted, err = s.accept(ctx, d)
	}
	if errors.Is(err, errKeyTaken) || errors.Is(err, errLockTimeout) {
		err = chat.ErrInFlight
	}
	return accepted, wrap("accepting a message with a key", err)
}

// accept makes one attempt. It fails as Accept does, but with errKeyTaken or
// errLockTimeout instead of chat.ErrInFlight.
func (s Messages) accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	result, err := s.insert(ctx, d)
	if err != nil {
		return chat.Accepted{}, wrapNotFound("inserting a message", err, chat.ErrNotFound)
	}
	switch {
	case result.Used > 0:
		return result.accepted(d), nil
	case result.FirstHash != nil:
		return s.replay(ctx, d, result)
	case d.Overloaded:
		return chat.Accepted{}, quota.ErrOverloaded
	}
	used, err := MessageCounts(s).Count(ctx, d.User, quota.DayOf(d.Now))
	if err == nil {
		err = quota.ErrExhausted
	}
	return chat.Accepted{Used: used, Limit: result.DailyLimit}, err
}

// insert runs the statement for a message with or without a key.
func (s Messages) insert(ctx context.Context, d chat.Draft) (result acceptResult, err error) {
	if d.Key == "" {
		err = acceptMessage.get(ctx, s.pool, &result, newAcceptParams(d))
	} else {
		err = acceptMessageWithKey.get(ctx, s.pool, &result, newAcceptKeyParams(d))
	}
	return result, err
}

func newAcceptParams(d chat.Draft) acceptParams {
	return acceptParams{
		UserID:     d.User,
		RoomID:     d.Room,
		PromptID:   d.Prompt,
		ReplyID:    d.Reply,
		Text:       d.Text,
		Now:        d.Now,
		Day:        dateOf(quota.DayOf(d.Now)),
		BasicLimit: d.Basic.Limit,
		BasicRank:  d.Basic.Rank(d.Now),
		ProLimit:   d.Pro.Limit,
		ProRank:    d.Pro.Rank(d.Now),
		Overloaded: d.Overloaded,
	}
}

func newAcceptKeyParams(d chat.Draft) acceptKeyParams {
	return acceptKeyParams{
		acceptParams: newAcceptParams(d),
		Key:          d.Key,
		TextHash:     d.TextHash[:],
		ExpiredAt:    d.Now.Add(-chat.IdempotencyKeyTTL),
	}
}

func (r acceptResult) accepted(d chat.Draft) chat.Accepted {
	return chat.Accepted{
		Prompt: d.NewPrompt(r.RoomRev + 1),
		Reply:  d.Reply,
		Used:   r.Used,
		Limit:  r.DailyLimit,
	}
}

// replay returns the result of the key's first use. It fails with chat.ErrMismatch
// when the first use had another text or room.
func (s Messages) replay(ctx context.Context, d chat.Draft, result acceptResult) (chat.Accepted, error) {
	if !bytes.Equal(result.FirstHash, d.TextHash[:]) {
		return chat.Accepted{}, chat.ErrMismatch
	}
	var first struct {
		Used  int
		Reply id.ID
		chat.Message
	}
	err := findFirstUse.get(ctx, s.pool, &first, firstUseParams{
		PromptID: result.FirstPrompt,
		UserID:   d.User,
		Day:      dateOf(quota.DayOf(d.Now)),
	})
	if err != nil {
		return chat.Accepted{}, wrapNotFound("reading the first use of a key", err, chat.ErrNotFound)
	}
	if first.Room != d.Room {
		return chat.Accepted{}, chat.ErrMismatch
	}
	return chat.Accepted{
		Prompt:   first.Message,
		Reply:    first.Reply,
		Replayed: true,
		Used:     first.Used,
		Limit:    result.DailyLimit,
	}, nil
}
