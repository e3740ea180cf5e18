package postgres

import (
	"bytes"
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Accept implements ports.Messages.
func (s Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	return withKey(s.DB, d.Ask, func() (chat.Accepted, error) {
		accepted, err := s.accept(ctx, d)
		return accepted, wrap("accepting a message", err)
	})
}

// accept makes one attempt. It fails as Accept does, but with errKeyTaken or an error of isBusy
// instead of chat.ErrInFlight.
//
// Concurrent calls share one transaction, which waits for no lock. If it could not lock the rows
// of a message, accept runs a transaction for this message alone, which waits for the locks. The
// timeout of one statement limits all of this together, also the wait for the transactions before.
// When it has passed, it is not known whether the message was accepted.
func (s Messages) accept(ctx context.Context, d chat.Draft) (accepted chat.Accepted, err error) {
	err = s.pool.limit(ctx, errLate, func(ctx context.Context) error {
		row, err := s.accepts.Do(ctx, d)
		if err == nil && row == nil {
			row, err = s.acceptAlone(ctx, d)
		}
		if err == nil {
			accepted, err = s.accepted(ctx, d, row)
		}
		return err
	})
	return accepted, err
}

// accepted returns the result of Accept for a row of accept_messages.sql.
func (s Messages) accepted(ctx context.Context, d chat.Draft, row *acceptRow) (chat.Accepted, error) {
	spent := chat.Spent{Used: row.used, Limit: row.dailyLimit}
	switch {
	case row.accepted:
		return chat.Accepted{Prompt: d.NewPrompt(row.roomRev + 1), Reply: d.Reply, Spent: spent}, nil
	case row.firstHash != nil:
		return s.replay(ctx, d, row)
	case row.isFull:
		return chat.Accepted{Spent: spent}, reply.ErrBacklog
	case d.Overloaded:
		return chat.Accepted{}, quota.ErrOverloaded
	}
	return chat.Accepted{Spent: spent}, quota.ErrExhausted
}

// replay returns the result of the key's first use. It fails with chat.ErrMismatch when
// the first use was another request.
func (s Messages) replay(ctx context.Context, d chat.Draft, row *acceptRow) (chat.Accepted, error) {
	if !bytes.Equal(row.firstHash, d.RequestHash[:]) {
		return chat.Accepted{}, chat.ErrMismatch
	}
	first, err := readFirstUse(ctx, s.messagePool, d.Ask, id.ID(row.firstPrompt))
	if err != nil {
		return chat.Accepted{}, err
	}
	if first.Prompt.Room != d.Room {
		return chat.Accepted{}, chat.ErrMismatch
	}
	first.Limit = row.dailyLimit
	return first, nil
}
