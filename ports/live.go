package ports

import (
	"context"
	"iter"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Live carries what happens in rooms to those who watch, as it happens. It may
// forget everything at any time: the store is the record. A room has one text
// at a time, as it has one answer under way.
type Live interface {
	// Append adds to a reply's text. It fails with chat.ErrLost, adding nothing,
	// when an attempt with a newer fence has written; a newer fence starts the
	// text anew. Deltas already there, by their number, are not added twice. It
	// fails with chat.ErrGap, adding nothing, when deltas before p.From are
	// missing: append from 0 then.
	Append(ctx context.Context, p chat.Piece) error
	// Announce says that a room has reached a revision, and drops the texts of
	// the replies that ended there: what the attempts that wrote them still append is
	// refused with chat.ErrLost, a newer attempt's is not.
	Announce(ctx context.Context, room id.ID, rev int64, ended ...id.ID) error
	// Delete drops all texts of rooms that are no more, tells who follows them of a
	// later revision, and has whatever is appended there from then on refused with chat.ErrLost.
	Delete(ctx context.Context, rooms ...chat.Room) error
	// Read returns a reply's text so far, "" when there is none.
	Read(ctx context.Context, room, reply id.ID) (string, error)
	// Follow yields what happens in a room after a cursor until ctx is over or
	// the caller stops: Changed for a later revision, and the text of replies being written.
	Follow(ctx context.Context, room id.ID, from chat.Cursor) iter.Seq2[chat.Event, error]
}
