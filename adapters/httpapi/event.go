package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/kuvaka-tech/parley/app/talk"
)

// event is one server-sent event.
type event struct {
	name string
	data any // encoded as JSON
}

// TextDelta is the data of the event delta.
type TextDelta struct {
	ChatroomID roomID    `json:"chatroom_id"`
	ID         messageID `json:"id" doc:"The id of the reply."`
	Attempt    int64     `json:"attempt"`
	Seq        int       `json:"seq" doc:"0, 1, 2 and so on within an attempt."`
	Text       string    `json:"text"`
}

// TextReset is the data of the event reset.
type TextReset struct {
	ChatroomID roomID    `json:"chatroom_id"`
	ID         messageID `json:"id" doc:"The id of the reply."`
	Attempt    int64     `json:"attempt"`
}

// DeletedRoom is the data of the event room_deleted.
type DeletedRoom struct {
	ID roomID `json:"id"`
}

// eventOf returns the event for an update.
func eventOf(u talk.Update) event {
	switch u.Kind {
	case talk.Began:
		return began
	case talk.ReplyEnded: // done, failed or cancelled
		return event{string(u.Message.Status), newMessage(u.Message)}
	case talk.TextAppended:
		return event{"delta", TextDelta{
			ChatroomID: roomID(u.Delta.Room),
			ID:         messageID(u.Delta.Attempt.Reply),
			Attempt:    u.Delta.Attempt.Fence,
			Seq:        u.Delta.Seq,
			Text:       u.Delta.Text,
		}}
	case talk.TextReset:
		return event{"reset", TextReset{
			ChatroomID: roomID(u.Delta.Room),
			ID:         messageID(u.Delta.Attempt.Reply),
			Attempt:    u.Delta.Attempt.Fence,
		}}
	case talk.RoomChanged:
		return event{"room", newRoom(u.Room)}
	case talk.RoomDeleted:
		return event{"room_deleted", DeletedRoom{roomID(u.Room.ID)}}
	case talk.Resync:
		return event{"resync", empty{}}
	}
	return event{"message", newMessage(u.Message)}
}

// began is the event at the start of a stream. It has only an id, so that a client that is
// disconnected before the first change can resume. Clients dispatch no event for it.
var began = event{}

// encode returns the event in the format of the WHATWG HTML standard, section 9.2. The data
// is one line, because JSON escapes line breaks.
func (e event) encode(eventID string) string {
	if e == began {
		return "id: " + eventID + "\n\n"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: ", eventID, e.name)
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(e.data) // cannot fail for these types; ends with a line break
	b.WriteByte('\n')
	return b.String()
}
