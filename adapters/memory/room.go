package memory

import (
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// room is a room with its messages.
type room struct {
	chat.Room
	summary    chat.Summary
	messages   []*message               // prompts and replies, in the order in which they were added
	unfinished []*reply.Reply           // the replies that are not final
	versions   map[id.ID][]chat.Version // the earlier texts of each message
	changed    int64                    // the position of the last change of the room or of a message
}

// ownerRooms has the rooms of a user.
type ownerRooms struct {
	rooms   map[id.ID]*room
	deleted map[id.ID]deletedRoom
}

// deletedRoom is the record of a deleted room.
type deletedRoom struct {
	at      time.Time
	changed int64 // the position of the deletion
}

// message is a prompt or a reply. Of a prompt, only the chat.Message and User are used.
type message struct {
	reply.Reply
	changed int64 // the position of the last change of the message
}

// find returns a message of the room, or nil. It searches the newest messages first, because
// most requests are for new ones.
func (r *room) find(messageID id.ID) *message {
	for _, m := range slices.Backward(r.messages) {
		if m.ID == messageID {
			return m
		}
	}
	return nil
}

// get is find for a message that must exist. It fails with chat.ErrNotFound.
func (r *room) get(messageID id.ID) (*message, error) {
	if m := r.find(messageID); m != nil {
		return m, nil
	}
	return nil, chat.ErrNotFound
}

// touch records that the room has changed.
func (s *Store) touch(r *room) {
	s.position++
	r.changed = s.position
}

// bump records that a message of the room has changed. It assigns the room's next revision to
// the message.
func (s *Store) bump(r *room, m *message) {
	s.touch(r)
	r.Rev++
	m.Rev = r.Rev
	m.changed = s.position
}
