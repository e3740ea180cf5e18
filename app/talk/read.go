package talk

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// lookAgain bounds how long a wait trusts the live log, which may forget.
const lookAgain = 2 * time.Second

// Page reads a page of a room; replies being written show what they have so far. It fails with chat.ErrNotFound.
func (t *Talk) Page(ctx context.Context, room string, q chat.Query) (chat.Page, error) {
	var err error
	if q.Room, err = known(room); err != nil {
		return chat.Page{}, err
	}
	page, err := t.messages.Page(ctx, q)
	if err != nil {
		return chat.Page{}, fmt.Errorf("reading messages: %w", err)
	}
	for i := range page.Messages {
		t.soFar(ctx, &page.Messages[i])
	}
	return page, nil
}

// Await reads a message, waiting for a reply to become final while patience
// lasts, and then returns it as it is. It fails with chat.ErrNotFound.
func (t *Talk) Await(ctx, patience context.Context, owner id.ID, room, message string) (chat.Message, error) {
	rid, err := known(room)
	if err != nil {
		return chat.Message{}, err
	}
	mid, err := known(message)
	if err != nil {
		return chat.Message{}, err
	}
	var at chat.Cursor
	for {
		m, err := t.messages.Get(ctx, owner, rid, mid)
		if err != nil {
			return m, fmt.Errorf("reading the message: %w", err)
		}
		if m.Status.Final() || patience.Err() != nil {
			t.soFar(ctx, &m)
			return m, nil
		}
		at = t.untilChanged(patience, rid, at)
	}
}

// untilChanged waits for the room to move on from a cursor, though never long: the live log may have lost it.
func (t *Talk) untilChanged(ctx context.Context, room id.ID, at chat.Cursor) chat.Cursor {
	ctx, cancel := context.WithTimeout(ctx, lookAgain)
	defer cancel()
	for e, err := range t.live.Follow(ctx, room, at) {
		if err != nil {
			break
		}
		if at = e.At; e.Kind == chat.Changed {
			return at
		}
	}
	<-ctx.Done()
	return at
}

// soFar fills in what a running reply has so far. Without the live log that is nothing.
func (t *Talk) soFar(ctx context.Context, m *chat.Message) {
	if m.Status == chat.Running {
		m.Content, _ = t.live.Read(ctx, m.Room, m.ID)
	}
}
