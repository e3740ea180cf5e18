package talk

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// UpdateKind is the kind of an Update.
type UpdateKind uint8

// The kinds of updates.
const (
	Began          UpdateKind = iota // the stream began now: nothing has changed yet
	MessageChanged                   // Message was added, or has changed and is not a final reply
	ReplyEnded                       // Message is a reply that has become final
	TextAppended                     // Delta was appended to a running reply
	TextReset                        // the text of the running reply of Delta starts again
	RoomChanged                      // Room was added or changed
	RoomDeleted                      // the room Room.ID was deleted
	Resync                           // the follower was away for too long and has to load everything again
)

// Update is one change that a follower sees.
type Update struct {
	Kind    UpdateKind
	Message chat.Message // a running reply has the text that the deltas after this update continue
	Delta   Delta
	Room    chat.Room
	Cursor  chat.Cursor // of a follower of one room: the position after the update
	Feed    FeedCursor  // of a follower of all rooms: the position after the update
}

// Delta is a piece of the text of a running reply.
type Delta struct {
	Room    id.ID
	Attempt chat.Attempt
	Seq     int // the number of the piece in its attempt, from 0; not with TextReset
	Text    string
}

// FeedCursor is a position in the changes of all rooms of a user.
type FeedCursor struct {
	Position chat.FeedPosition
	Read     time.Time // when the store returned the position, or earlier: when it returned Position.Since
}

// isExpired reports whether the store may have forgotten deleted rooms since the position.
func (c FeedCursor) isExpired(now time.Time) bool { return now.Sub(c.Read) >= chat.FeedTTL }
