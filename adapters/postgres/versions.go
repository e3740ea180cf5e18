package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// listVersions returns one row with n = 0 if the message has no versions, and no row if the
// owner has no such message.
const listVersions = `
	SELECT coalesce(v.n, 0) AS n, coalesce(v.content, '') AS content, coalesce(v.status, '') AS status,
		coalesce(v.created, m.created) AS created
	FROM messages m JOIN rooms r ON r.id = m.room LEFT JOIN versions v ON v.message = $3
	WHERE m.id = $3 AND r.id = $2 AND r.owner = $1
	ORDER BY v.n`

// Versions implements ports.MessageChanges.
func (s MessageChanges) Versions(ctx context.Context, owner, roomID, messageID id.ID) ([]chat.Version, error) {
	var rows []struct {
		N int
		chat.Version
	}
	err := s.messagePool.SelectContext(ctx, &rows, listVersions, owner, roomID, messageID)
	if err == nil && len(rows) == 0 {
		err = chat.ErrNotFound
	}
	if err != nil {
		return nil, wrap("reading the versions of a message", err)
	}
	var versions []chat.Version
	for _, row := range rows {
		if row.N > 0 {
			versions = append(versions, row.Version)
		}
	}
	return versions, nil
}
