package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

var listVersions = load[listVersionsParams]("list_versions.sql")

// listVersionsParams are the parameters of list_versions.sql.
type listVersionsParams struct {
	Owner     id.ID `db:"owner"`
	RoomID    id.ID `db:"room_id"`
	MessageID id.ID `db:"message_id"`
	After     int64 `db:"after"`
	Limit     int   `db:"limit"`
	MaxBytes  int   `db:"max_bytes"`
}

// versionRow is a row of the result of list_versions.sql.
type versionRow struct {
	Found int
	N     int
	chat.Version
}

// Versions implements ports.MessageChanges.
func (s MessageChanges) Versions(ctx context.Context, q chat.VersionQuery) (chat.VersionPage, error) {
	var rows []versionRow
	err := listVersions.selectAll(ctx, s.messagePool, &rows, listVersionsParams{
		Owner:     q.Owner,
		RoomID:    q.Room,
		MessageID: q.Message,
		After:     q.After,
		Limit:     q.Limit + 1,
		MaxBytes:  chat.PageBytes,
	})
	if err == nil && len(rows) == 0 {
		err = chat.ErrNotFound
	}
	if err != nil {
		return chat.VersionPage{}, wrap("reading the versions of a message", err)
	}
	return newVersionPage(rows, q.Limit), nil
}

// newVersionPage returns the page of at least one row, with at most limit versions.
func newVersionPage(rows []versionRow, limit int) (p chat.VersionPage) {
	for _, row := range rows[:min(limit, len(rows))] {
		if row.N > 0 {
			p.Versions = append(p.Versions, row.Version)
		}
	}
	p.More = rows[0].Found > len(p.Versions)
	return p
}
