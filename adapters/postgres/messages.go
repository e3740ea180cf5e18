package postgres

import (
	"context"
	"math"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// messageColumns are the columns of chat.Message. They are zero values if an outer join found no message m.
const messageColumns = `
	coalesce(m.id::text, '') AS id, coalesce(m.room::text, '') AS room, m.in_reply_to IS NULL AS fromuser,
	coalesce(m.content, '') AS content, coalesce(m.status, '') AS status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, coalesce(m.error, '') AS error,
	coalesce(m.created, '0001-01-01 00:00:00Z') AS created, coalesce(m.born, 0) AS born, coalesce(m.rev, 0) AS rev,
	coalesce(m.revised, '0001-01-01 00:00:00Z') AS revised, coalesce(m.versions, 0) AS versions`

const getMessage = `
	SELECT m.id, m.room, m.in_reply_to IS NULL AS fromuser, m.content, m.status,
		coalesce(m.in_reply_to::text, '') AS inreplyto, m.error, m.created, m.born, m.rev,
		coalesce(m.revised, '0001-01-01 00:00:00Z') AS revised, m.versions
	FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.id = $3 AND r.id = $2 AND r.owner = $1`

var (
	newestMessages  = load[pageParams]("newest_messages.sql")
	changedMessages = load[pageParams]("changed_messages.sql")
)

// pageParams are the parameters of newest_messages.sql and changed_messages.sql.
type pageParams struct {
	Owner    id.ID `db:"owner"`
	RoomID   id.ID `db:"room_id"`
	Revision int64 `db:"revision"`
	Limit    int   `db:"limit"`
	MaxBytes int   `db:"max_bytes"`
}

// Get implements ports.Messages.
func (s Messages) Get(ctx context.Context, owner, roomID, messageID id.ID) (m chat.Message, err error) {
	err = s.messagePool.GetContext(ctx, &m, getMessage, owner, roomID, messageID)
	return m, wrapNotFound("reading a message", err, chat.ErrNotFound)
}

// Page implements ports.Messages.
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

// page runs a query. A page may need several MB of memory while it is read, so messagePool also limits
// the memory of all pages. page asks for one message more than the page may have, in order to set More. It sets Room and FromUser itself,
// because each column of the result costs time.
func (s Messages) page(
	ctx context.Context, query statement[pageParams], q chat.Query, revision int64,
) (chat.Page, error) {
	var rows []struct {
		RoomRev int64 `db:"room_rev"`
		Found   int   // messages without MaxBytes
		chat.Message
	}
	params := pageParams{
		Owner:    q.Owner,
		RoomID:   q.Room,
		Revision: revision,
		Limit:    q.Limit + 1,
		MaxBytes: chat.PageBytes,
	}
	err := query.selectAll(ctx, s.messagePool, &rows, params)
	if err == nil && len(rows) == 0 {
		err = chat.ErrNotFound
	}
	if err != nil {
		return chat.Page{}, wrap("reading messages", err)
	}
	p := chat.Page{Rev: rows[0].RoomRev, More: rows[0].Found > min(q.Limit, len(rows))}
	for _, row := range rows[:min(q.Limit, len(rows))] {
		if row.ID != "" {
			row.Room = q.Room
			row.FromUser = row.InReplyTo == ""
			p.Messages = append(p.Messages, row.Message)
		}
	}
	return p, nil
}
