package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Conversations reads what the model gets of a room, and stores what the model makes of it:
// the summary and the title. The rules are in core/chat.
type Conversations interface {
	// History returns the room's settings, its summary, and messages that the summary does not
	// cover. It fails with chat.ErrNotFound.
	History(ctx context.Context, q chat.HistoryQuery) (chat.History, error)
	// SetSummary replaces the summary of a room. It fails with chat.ErrNotFound. It fails with
	// chat.ErrStaleSummary if the stored summary has another Through than s.Old, or if the new
	// one covers no more messages than the stored one, or the last prompt of the room.
	SetSummary(ctx context.Context, s SummaryChange) error
	// SetTitle sets the name of a room that has none, and returns the room. It fails with
	// chat.ErrNotFound, also if the room has a name: the name that a user has chosen wins.
	SetTitle(ctx context.Context, owner, roomID id.ID, title string) (chat.Room, error)
}

// SummaryChange is a new summary of a room.
type SummaryChange struct {
	Owner, Room id.ID
	Old         int64 // Through of the summary that it replaces, 0 if there was none
	New         chat.Summary
}
