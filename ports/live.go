package ports

import (
	"context"
	"iter"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Live is the live log. It has the text of running replies and notifies the followers of
// rooms about changes. It may lose its data at any time, because the store is the record.
// A room has at most one running reply and therefore at most one text. Workers and use
// cases write with Live, and followers read with LiveReader.
type Live interface {
	// Append adds deltas to the text of a reply. It ignores deltas whose number the log
	// already has. The first Append with a newer fence discards the text of the older
	// attempt. Append fails with reply.ErrClaimLost when the attempt has ended or an attempt
	// with a newer fence has written. It fails with chat.ErrGap when the log misses deltas
	// before p.From. The caller then appends all deltas from 0 on. Append adds nothing when
	// it fails. See also Announce, Seal and Delete.
	Append(ctx context.Context, p chat.Piece) error
	// Announce tells the followers of a room and of its owner that the room has changed. If
	// the text belongs to one of the attempts in a.Ended, or to an older attempt at the same
	// reply, it is marked as ended. The log keeps it for a minute or until the next text, so
	// that followers can read the last deltas. From then on, Append to these attempts, and to
	// older ones at the same replies, fails with reply.ErrClaimLost, also if the log never had
	// their text.
	Announce(ctx context.Context, a chat.Announcement) error
	// Seal ends the writing of an attempt, and of older ones at the same reply: from then on,
	// their Append fails with reply.ErrClaimLost. It returns the text of the reply that
	// followers see, the zero LiveText if there is none. An older attempt that has ended has
	// no such text: its followers have discarded it. Unlike Announce, Seal keeps the text, so
	// that a later Seal returns it again.
	Seal(ctx context.Context, roomID id.ID, a chat.Attempt) (chat.LiveText, error)
	// Delete removes the texts of deleted rooms and tells the followers of each room and of
	// its owner that the room has reached the revision chat.LastRev. From then on, Append to
	// these rooms fails with reply.ErrClaimLost.
	Delete(ctx context.Context, rooms ...chat.Room) error
}

// LiveReader is the side of the live log that followers use.
type LiveReader interface {
	// Read returns the text of the room's running reply so far, or the last text that has
	// ended. It returns the zero LiveText if the log has none.
	Read(ctx context.Context, roomID id.ID) (chat.LiveText, error)
	// Follow yields the events of a room after a cursor and waits for more, until ctx is
	// done or the caller stops. It yields a new revision before the deltas that were appended
	// with it, and nothing of a text that has ended. It yields a Reset when the follower has
	// deltas (Seq > 0) of the running reply that do not belong to its current text. When the
	// log becomes unavailable, Follow yields an error and ends. The caller may then follow
	// again from its last cursor.
	Follow(ctx context.Context, roomID id.ID, from chat.Cursor) iter.Seq2[chat.Event, error]
	// FollowOutcomes yields nil once it listens, and again after each announcement that may mean
	// that a reply of the room is final: each one without Started, and the deletion of the
	// room. It may combine them. Otherwise it behaves as FollowOwner.
	FollowOutcomes(ctx context.Context, roomID id.ID) iter.Seq[error]
	// FollowOwner yields nil once it listens, and again after changes in the rooms of an
	// owner, which it may combine. Then it waits for more, until ctx is done or the caller
	// stops. When the log becomes unavailable, FollowOwner yields an error and ends.
	FollowOwner(ctx context.Context, owner id.ID) iter.Seq[error]
}
