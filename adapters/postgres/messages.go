package postgres

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// columns are those of a chat.Message under its fields' names, all of them zero where an outer join found no message m.
const columns = `
	coalesce(m.id::text, '') AS id, coalesce(m.room::text, '') AS room, m.in_reply_to IS NULL AS fromuser,
	coalesce(m.content, '') AS content, coalesce(m.status, '') AS status, coalesce(m.in_reply_to::text, '') AS inreplyto,
	coalesce(m.error, '') AS error, coalesce(m.created, '0001-01-01 00:00:00Z') AS created,
	coalesce(m.born, 0) AS born, coalesce(m.rev, 0) AS rev`

const (
	getMessage = `
		SELECT ` + columns + ` FROM messages m JOIN rooms r ON r.id = m.room
		WHERE m.id = $3 AND r.id = $2 AND r.owner = $1`

	// A room without such messages gives one row with its revision alone.
	newestMessages = `
		SELECT r.rev AS last, ` + columns + ` FROM rooms r LEFT JOIN LATERAL (
			SELECT * FROM messages WHERE room = $2 AND born < $3 ORDER BY born DESC LIMIT $4
		) m ON true
		WHERE r.id = $2 AND r.owner = $1 ORDER BY m.born DESC`

	changedMessages = `
		SELECT r.rev AS last, ` + columns + ` FROM rooms r LEFT JOIN LATERAL (
			SELECT * FROM messages WHERE room = $2 AND rev > $3 ORDER BY rev LIMIT $4
		) m ON true
		WHERE r.id = $2 AND r.owner = $1 ORDER BY m.rev`

	usedUnits = `SELECT n FROM sent WHERE user_id = $1 AND day = $2`
)

func (s Messages) Get(ctx context.Context, owner, room, id id.ID) (m chat.Message, err error) {
	err = s.sql.GetContext(ctx, &m, getMessage, owner, room, id)
	return m, missed("reading a message", err, chat.ErrNotFound)
}

func (s Messages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	if q.After != nil {
		return s.page(ctx, changedMessages, q, *q.After)
	}
	before := int64(math.MaxInt64)
	if q.Before != nil {
		before = *q.Before
	}
	p, err := s.page(ctx, newestMessages, q, before)
	slices.Reverse(p.Messages)
	return p, err
}

// page asks for one message more than the page holds, to know whether there is more.
func (s Messages) page(ctx context.Context, query string, q chat.Query, from int64) (chat.Page, error) {
	var rows []struct {
		Last int64
		chat.Message
	}
	err := s.sql.SelectContext(ctx, &rows, query, q.Owner, q.Room, from, q.Limit+1)
	if err == nil && len(rows) == 0 {
		err = chat.ErrNotFound
	}
	if err != nil {
		return chat.Page{}, failed("reading messages", err)
	}
	p := chat.Page{Rev: rows[0].Last, More: len(rows) > q.Limit}
	for _, row := range rows[:min(q.Limit, len(rows))] {
		if row.ID != "" {
			p.Messages = append(p.Messages, row.Message)
		}
	}
	return p, nil
}

func (s Usage) Used(ctx context.Context, user id.ID, day quota.Day) (n int, err error) {
	err = s.sql.GetContext(ctx, &n, usedUnits, user, date(day))
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return n, failed("counting messages", err)
}

// date is the day as a date column takes it.
func date(d quota.Day) time.Time { return d.Ends().AddDate(0, 0, -1) }
