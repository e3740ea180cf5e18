package talk

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// pollEvery is the interval at which Await reads the store even if the live log reports no
// change, because the live log may lose events.
const pollEvery = 2 * time.Second

// Page returns a page of a room, which replaces q.Room. A running reply has the text
// written so far. Page fails with chat.ErrNotFound.
func (s *Service) Page(ctx context.Context, room string, q chat.Query) (chat.Page, error) {
	roomID, err := parseID(room)
	if err != nil {
		return chat.Page{}, err
	}
	q.Room = roomID
	page, err := s.config.Messages.Page(ctx, q)
	if err != nil {
		return chat.Page{}, fmt.Errorf("reading messages: %w", err)
	}
	for i := range page.Messages {
		s.addLiveText(ctx, &page.Messages[i])
	}
	return page, nil
}

// MessageRef identifies a message in a request.
type MessageRef struct {
	Owner   id.ID  // the user of the request, who must own the room
	Room    string // the id as the client sent it
	Message string // the id as the client sent it
}

// Await returns a message when it is final. If the context waiting ends earlier, Await
// returns the message in its current state. It fails with chat.ErrNotFound.
func (s *Service) Await(ctx, waiting context.Context, ref MessageRef) (chat.Message, error) {
	roomID, err := parseID(ref.Room)
	if err != nil {
		return chat.Message{}, err
	}
	messageID, err := parseID(ref.Message)
	if err != nil {
		return chat.Message{}, err
	}
	var cursor chat.Cursor
	for {
		m, err := s.config.Messages.Get(ctx, ref.Owner, roomID, messageID)
		if err != nil {
			return m, fmt.Errorf("reading the message: %w", err)
		}
		if m.Status.Final() || waiting.Err() != nil {
			s.addLiveText(ctx, &m)
			return m, nil
		}
		cursor = s.waitForChange(waiting, roomID, cursor)
	}
}

// waitForChange waits until the live log reports a new revision of the room after the
// cursor, but at most for pollEvery. It returns the cursor to continue from.
func (s *Service) waitForChange(ctx context.Context, roomID id.ID, cursor chat.Cursor) chat.Cursor {
	ctx, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	for event, err := range s.config.Live.Follow(ctx, roomID, cursor) {
		if err != nil {
			break // the live log is unavailable: wait until the next poll
		}
		cursor = event.At
		if event.Kind == chat.Changed {
			return cursor
		}
	}
	<-ctx.Done()
	return cursor
}

// addLiveText sets the content of a running reply to the text so far, or to "" while the
// live log is unavailable. It does not change other messages.
func (s *Service) addLiveText(ctx context.Context, m *chat.Message) {
	if m.Status == chat.Running {
		m.Content, _ = s.config.Live.Read(ctx, m.Room, m.ID)
	}
}
