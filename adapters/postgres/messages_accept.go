package postgres

import (
	"bytes"
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// A message without an idempotency key has its own statement, without the parts for
// keys. Those parts take time even when they find no row.
var (
	acceptMessage        = load[acceptParams]("accept_message.sql")
	acceptMessageWithKey = load[acceptKeyParams]("accept_message_with_key.sql")
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
	BasicStart int64       `db:"basic_head_start"` // in microseconds
	ProLimit   quota.Limit `db:"pro_limit"`
	ProStart   int64       `db:"pro_head_start"` // in microseconds
	Overloaded bool        `db:"overloaded"`
	MaxQueued  int         `db:"max_queued"`
}

// acceptKeyParams are the parameters of accept_message_with_key.sql.
type acceptKeyParams struct {
	acceptParams
	Key         string    `db:"key"`
	RequestHash []byte    `db:"request_hash"`
	ExpiredAt   time.Time `db:"expired_at"`
}

// acceptResult is the row that accept_message.sql and accept_message_with_key.sql return.
type acceptResult struct {
	RoomRev     int64       `db:"room_rev"` // before the message
	DailyLimit  quota.Limit `db:"daily_limit"`
	IsFull      bool        `db:"is_full"` // the user has chat.Ask.MaxQueued queued replies
	Used        int         // messages of the day including this one; 0 if this one was not accepted
	FirstHash   []byte      `db:"first_hash"`   // of the key's first use; nil if the key is unused or expired
	FirstPrompt id.ID       `db:"first_prompt"` // of the key's first use; "" if the key is unused or expired
}

// Accept implements ports.Messages.
func (s Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	return withKey(d.Key, func() (chat.Accepted, error) {
		accepted, err := s.accept(ctx, d)
		return accepted, wrap("accepting a message", err)
	})
}

// accept makes one attempt. It fails as Accept does, but with errKeyTaken or
// errLockTimeout instead of chat.ErrInFlight.
func (s Messages) accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	var result acceptResult
	err := s.withTurn(ctx, d.User, func() (err error) {
		result, err = s.insert(ctx, d)
		return err
	})
	if err != nil {
		return chat.Accepted{}, wrapNotFound("inserting a message", err, chat.ErrNotFound)
	}
	spent := chat.Spent{Used: result.Used, Limit: result.DailyLimit}
	switch {
	case result.Used > 0:
		return chat.Accepted{Prompt: d.NewPrompt(result.RoomRev + 1), Reply: d.Reply, Spent: spent}, nil
	case result.FirstHash != nil:
		return s.replay(ctx, d, result)
	case !result.IsFull && d.Overloaded:
		return chat.Accepted{}, quota.ErrOverloaded
	}
	spent.Used, err = MessageCounts(s).Count(ctx, d.User, quota.DayOf(d.Now))
	switch {
	case err != nil:
		return chat.Accepted{}, err
	case result.IsFull:
		return chat.Accepted{Spent: spent}, reply.ErrBacklog
	}
	return chat.Accepted{Spent: spent}, quota.ErrExhausted
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
		BasicStart: d.Basic.HeadStart.Microseconds(),
		ProLimit:   d.Pro.Limit,
		ProStart:   d.Pro.HeadStart.Microseconds(),
		Overloaded: d.Overloaded,
		MaxQueued:  d.MaxQueued,
	}
}

func newAcceptKeyParams(d chat.Draft) acceptKeyParams {
	return acceptKeyParams{
		acceptParams: newAcceptParams(d),
		Key:          d.Key,
		RequestHash:  d.RequestHash[:],
		ExpiredAt:    d.Now.Add(-chat.IdempotencyKeyTTL),
	}
}

// replay returns the result of the key's first use. It fails with chat.ErrMismatch when
// the first use was another request.
func (s Messages) replay(ctx context.Context, d chat.Draft, result acceptResult) (chat.Accepted, error) {
	if !bytes.Equal(result.FirstHash, d.RequestHash[:]) {
		return chat.Accepted{}, chat.ErrMismatch
	}
	first, err := readFirstUse(ctx, s.pool, d.Ask, result.FirstPrompt)
	if err != nil {
		return chat.Accepted{}, err
	}
	if first.Prompt.Room != d.Room {
		return chat.Accepted{}, chat.ErrMismatch
	}
	first.Limit = result.DailyLimit
	return first, nil
}
