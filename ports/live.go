package ports

import (
	"context"
	"iter"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Live is the live log. It has the text of running replies and notifies the followers of a
// room about changes. It may lose its data at any time, because the store is the record.
// A room has at most one running reply and therefore at most one text.
type Live interface {
	// Append adds deltas to the text of a reply. It ignores deltas whose number the log
	// already has. The first Append with a newer fence discards the text of the older
	// attempt. Append fails with reply.ErrClaimLost when an attempt with a newer fence has
	// written. It fails with chat.ErrGap when the log misses deltas before p.From. The
	// caller then appends all deltas from 0 on. Append adds nothing when it fails. See also
	// Announce and Delete.
	Append(ctx context.Context, p chat.Piece) error
	// Announce tells the followers that a room has reached the revision rev. It removes
	// the text if it belongs to one of the replies in ended. From then on, Append to this
	// reply fails with reply.ErrClaimLost unless its fence is newer than the one of the
	// removed text.
	Announce(ctx context.Context, roomID id.ID, rev int64, ended ...id.ID) error
	// Delete removes the texts of deleted rooms and tells their followers that a room has
	// reached the revision after its Rev. From then on, Append to these rooms fails with
	// reply.ErrClaimLost.
	Delete(ctx context.Context, rooms ...chat.Room) error
	// Read returns the text of a running reply so far, "" if the log has none.
	Read(ctx context.Context, roomID, replyID id.ID) (string, error)
	// Follow yields the events of a room after a cursor and waits for more, until ctx is
	// done or the caller stops. When the log becomes unavailable, Follow yields an error
	// and ends. The caller may then follow again from its last cursor.
	Follow(ctx context.Context, roomID id.ID, from chat.Cursor) iter.Seq2[chat.Event, error]
}
