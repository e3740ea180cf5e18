package postgres

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const setTitle = `
	UPDATE rooms SET name = $3 WHERE id = $2 AND owner = $1 AND name = ''
	RETURNING ` + roomColumns

var (
	newestHistory = load[historyParams]("newest_history.sql")
	oldestHistory = load[historyParams]("oldest_history.sql")
	setSummary    = load[setSummaryParams]("set_summary.sql")
)

// historyParams are the parameters of newest_history.sql and oldest_history.sql.
type historyParams struct {
	Owner  id.ID `db:"owner"`
	RoomID id.ID `db:"room_id"`
	Before int64 `db:"before"`
	Limit  int   `db:"limit"`
	Bytes  int   `db:"max_bytes"`
}

// historyRow is a row of the result of newest_history.sql. The first four fields are valid in
// the row with Born 0, and the other ones in the rows of the messages.
type historyRow struct {
	Name         string
	SystemPrompt string `db:"system_prompt"`
	Summary      string
	Through      int64
	FromUser     bool `db:"from_user"`
	Status       chat.Status
	Content      string
	Born         int64
}

// setSummaryParams are the parameters of set_summary.sql.
type setSummaryParams struct {
	Owner   id.ID  `db:"owner"`
	RoomID  id.ID  `db:"room_id"`
	Old     int64  `db:"old"`
	Text    string `db:"text"`
	Through int64  `db:"through"`
}

// History implements ports.Conversations.
func (s Conversations) History(ctx context.Context, q chat.HistoryQuery) (chat.History, error) {
	query := newestHistory
	if q.Oldest {
		query = oldestHistory
	}
	var rows []historyRow
	err := query.selectAll(ctx, s.messagePool, &rows, newHistoryParams(q))
	if err == nil && len(rows) == 0 {
		err = chat.ErrNotFound
	}
	if err != nil {
		return chat.History{}, wrap("reading the history of a room", err)
	}
	slices.SortFunc(rows, func(a, b historyRow) int { return cmp.Compare(a.Born, b.Born) })
	return newHistory(rows[0], rows[1:]), nil
}

func newHistoryParams(q chat.HistoryQuery) historyParams {
	params := historyParams{
		Owner:  q.Owner,
		RoomID: q.Room,
		Before: q.Before,
		Limit:  q.Limit,
		Bytes:  q.MaxBytes,
	}
	if q.Before == 0 {
		params.Before = math.MaxInt64
	}
	if q.MaxBytes == 0 {
		params.Bytes = math.MaxInt
	}
	return params
}

// newHistory returns the history from the row of the room and those of the messages.
func newHistory(room historyRow, messages []historyRow) chat.History {
	h := chat.History{
		Name:         room.Name,
		SystemPrompt: room.SystemPrompt,
		Summary:      chat.Summary{Text: room.Summary, Through: room.Through},
	}
	for _, m := range messages {
		h.Messages = append(h.Messages, chat.Message{
			FromUser: m.FromUser,
			Content:  m.Content,
			Status:   m.Status,
			Born:     m.Born,
		})
	}
	return h
}

// SetSummary implements ports.Conversations.
func (s Conversations) SetSummary(ctx context.Context, c ports.SummaryChange) error {
	var saved bool
	err := setSummary.get(ctx, s.messagePool, &saved, setSummaryParams{
		Owner:   c.Owner,
		RoomID:  c.Room,
		Old:     c.Old,
		Text:    c.New.Text,
		Through: c.New.Through,
	})
	if err == nil && !saved {
		err = chat.ErrStaleSummary
	}
	return wrapNotFound("storing a summary", err, chat.ErrNotFound)
}

// SetTitle implements ports.Conversations.
func (s Conversations) SetTitle(ctx context.Context, owner, roomID id.ID, title string) (r chat.Room, err error) {
	err = s.messagePool.GetContext(ctx, &r, setTitle, owner, roomID, title)
	return r, wrapNotFound("naming a room", err, chat.ErrNotFound)
}
