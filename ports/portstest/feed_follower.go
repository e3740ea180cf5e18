package portstest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// feedFollower keeps a copy of all rooms of a user, as a client of the feed does.
type feedFollower struct {
	Stores
	owner id.ID
	at    chat.FeedPosition
	rooms map[id.ID]*roomCopy
}

// roomCopy is a follower's copy of a room.
type roomCopy struct {
	chat.Room
	messages map[id.ID]chat.Message
	known    int64 // the room's revision at the follower's position
}

// newFeedFollower returns a follower who has loaded all rooms of the user.
func (t *storeTest) newFeedFollower(owner id.ID) *feedFollower {
	t.Helper()
	f := &feedFollower{Stores: t.Stores, owner: owner, at: t.readFeed(owner).At, rooms: map[id.ID]*roomCopy{}}
	for _, r := range t.allRooms(owner) {
		must(t, f.apply(t.ctx, chat.RoomChange{Room: r}))
	}
	return f
}

// allRooms returns all rooms of a user, which it reads page by page.
func (t *storeTest) allRooms(owner id.ID) (all []chat.Room) {
	t.Helper()
	var after *ports.RoomCursor
	for {
		page, err := t.Rooms.List(t.ctx, owner, after, 1000)
		must(t, err)
		all = append(all, page.Rooms...)
		if !page.More {
			return all
		}
		after = cursorAfter(all)
	}
}

// poll reads all changes since the follower's position and applies them to the copy. It returns
// the parts together.
func (t *storeTest) poll(f *feedFollower) chat.FeedChanges {
	t.Helper()
	var all chat.FeedChanges
	for {
		changes := t.pollPart(f)
		all.Rooms = append(all.Rooms, changes.Rooms...)
		all.Deleted = append(all.Deleted, changes.Deleted...)
		all.At = changes.At
		if !changes.More {
			return all
		}
	}
}

// pollPart is poll for the next part of the changes.
func (t *storeTest) pollPart(f *feedFollower) chat.FeedChanges {
	t.Helper()
	changes, err := f.pollPart(t.ctx)
	must(t, err)
	return changes
}

func (f *feedFollower) pollPart(ctx context.Context) (chat.FeedChanges, error) {
	changes, err := f.Feed.Changes(ctx, f.owner, f.at)
	if err != nil {
		return changes, err
	}
	for _, change := range changes.Rooms {
		if err := f.apply(ctx, change); err != nil {
			return changes, err
		}
	}
	for _, roomID := range changes.Deleted {
		delete(f.rooms, roomID)
	}
	f.at = changes.At
	return changes, nil
}

// apply copies a room and its messages after change.FromRev. It fails when the follower does
// not know the messages up to this revision.
func (f *feedFollower) apply(ctx context.Context, change chat.RoomChange) error {
	r := f.rooms[change.ID]
	if r == nil {
		r = &roomCopy{messages: map[id.ID]chat.Message{}}
		f.rooms[change.ID] = r
	}
	if change.Owner != f.owner || change.FromRev > r.known {
		return fmt.Errorf("the change is %+v, want a room of %s and FromRev at most %d", change, f.owner, r.known)
	}
	r.known = max(r.known, change.Rev)
	r.Room = change.Room
	return f.read(ctx, r, change.FromRev)
}

// read copies the messages that changed after a revision. The room may have been deleted
// after the feed was read. Then a later position has this change.
func (f *feedFollower) read(ctx context.Context, r *roomCopy, after int64) error {
	for {
		page, err := f.Messages.Page(ctx, chat.Query{
			Owner: f.owner,
			Room:  r.ID,
			After: &after,
			Limit: 20,
		})
		if errors.Is(err, chat.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range page.Messages {
			r.messages[m.ID] = m
			after = m.Rev
		}
		if !page.More {
			return nil
		}
	}
}

// wantCopy polls, and checks that the copy is equal to the rooms in the store. A follower between
// two parts polls twice, because the remaining parts do not have all changes.
func (t *storeTest) wantCopy(f *feedFollower) {
	t.Helper()
	if f.at.After != "" {
		t.poll(f)
	}
	t.poll(f)
	stored := t.allRooms(f.owner)
	got, want := map[id.ID]chat.Room{}, map[id.ID]chat.Room{}
	for _, r := range stored {
		want[r.ID] = r
	}
	for roomID, r := range f.rooms {
		got[roomID] = r.Room
	}
	wantEqual(t, "the copy of the rooms", got, want)
	for _, r := range stored {
		messages := slices.SortedFunc(maps.Values(f.rooms[r.ID].messages), byBorn)
		wantEqual(t, "the copy of the messages", messages, t.allMessages(r))
	}
}

// hasRoom reports whether the room is among the changed ones.
func hasRoom(changes chat.FeedChanges, roomID id.ID) bool {
	return slices.ContainsFunc(changes.Rooms, func(c chat.RoomChange) bool { return c.ID == roomID })
}
