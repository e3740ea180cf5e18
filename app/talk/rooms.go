// Package talk is the conversation: rooms, messages taken in at once, and
// answers given in the background.
package talk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/text"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Talk is the use cases of those who ask.
type Talk struct {
	rooms    ports.Rooms
	messages ports.Messages
	live     ports.Live
	queue    ports.Queue
	breaker  *Breaker
	clock    ports.Clock
	random   io.Reader
	plans    subscription.Plans
}

// New returns the use cases over their ports.
func New(rooms ports.Rooms, messages ports.Messages, live ports.Live, queue ports.Queue, breaker *Breaker, clock ports.Clock, random io.Reader, plans subscription.Plans) *Talk {
	return &Talk{rooms, messages, live, queue, breaker, clock, random, plans}
}

// known reads the id of a room or message as a client gives it; a malformed one is of none.
func known(s string) (id.ID, error) {
	if parsed, ok := id.Parse(s); ok {
		return parsed, nil
	}
	return "", chat.ErrNotFound
}

// Create opens a room. It fails with the name's rule, and with
// session.ErrBadToken when the account is gone.
func (t *Talk) Create(ctx context.Context, owner id.ID, name string) (chat.Room, error) {
	name, err := text.Name(name)
	if err != nil {
		return chat.Room{}, err
	}
	now := t.clock.Now()
	r := chat.Room{Owner: owner, Name: name, Created: now, Updated: now}
	if r.ID, err = id.New(now, t.random); err != nil {
		return chat.Room{}, err
	}
	err = t.rooms.Add(ctx, r)
	if errors.Is(err, user.ErrNotFound) {
		err = session.ErrBadToken
	}
	if err != nil {
		return chat.Room{}, fmt.Errorf("adding the room: %w", err)
	}
	return r, nil
}

// Room fails with chat.ErrNotFound, as everything here does for a room that is not the owner's.
func (t *Talk) Room(ctx context.Context, owner id.ID, room string) (chat.Room, error) {
	rid, err := known(room)
	if err != nil {
		return chat.Room{}, err
	}
	r, err := t.rooms.Get(ctx, owner, rid)
	if err != nil {
		return chat.Room{}, fmt.Errorf("reading the room: %w", err)
	}
	return r, nil
}

// Rooms lists at most limit rooms after a place, most recently used first, and says whether there are more.
func (t *Talk) Rooms(ctx context.Context, owner id.ID, after *ports.Place, limit int) (rooms []chat.Room, more bool, err error) {
	rooms, err = t.rooms.List(ctx, owner, after, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("listing rooms: %w", err)
	}
	return rooms[:min(limit, len(rooms))], len(rooms) > limit, nil
}

// Rename fails with the name's rule or chat.ErrNotFound.
func (t *Talk) Rename(ctx context.Context, owner id.ID, room, name string) (chat.Room, error) {
	name, err := text.Name(name)
	if err != nil {
		return chat.Room{}, err
	}
	rid, err := known(room)
	if err != nil {
		return chat.Room{}, err
	}
	r, err := t.rooms.Rename(ctx, owner, rid, name)
	if err != nil {
		return chat.Room{}, fmt.Errorf("renaming the room: %w", err)
	}
	return r, nil
}

// Delete takes a room with all that is in it; whoever waits for an answer there is told.
func (t *Talk) Delete(ctx context.Context, owner id.ID, room string) error {
	r, err := t.Room(ctx, owner, room)
	if err != nil {
		return err
	}
	if err := t.rooms.Delete(ctx, owner, r.ID); err != nil {
		return fmt.Errorf("deleting the room: %w", err)
	}
	_ = t.live.Delete(context.WithoutCancel(ctx), r) // it forgets by itself in time, and who waits looks again in any case
	return nil
}
