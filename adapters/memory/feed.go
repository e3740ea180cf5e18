package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Read implements ports.Feed.
func (s Feed) Read(ctx context.Context, userID id.ID) (chat.Feed, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.Feed{}, err
	}
	defer unlock()
	feed := chat.Feed{At: chat.FeedPosition{Since: s.position}}
	for _, r := range s.owners[userID].rooms {
		for _, job := range r.unfinished {
			if job.Status == chat.Running {
				feed.Running = append(feed.Running, job.Message)
			}
		}
	}
	return feed, nil
}

// Changes implements ports.Feed.
func (s Feed) Changes(ctx context.Context, userID id.ID, since chat.FeedPosition) (chat.FeedChanges, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.FeedChanges{}, err
	}
	defer unlock()
	if !since.IsReached(s.position) {
		return chat.FeedChanges{}, chat.ErrPositionUnknown
	}
	changed := s.owners[userID].changedAfter(since)
	n := min(chat.FeedPageRooms, chat.Fitting(textLengths(changed)))
	changes := newFeedChanges(changed[:n], since)
	changes.More = n < len(changed)
	changes.At = since.Next(s.position, "", false)
	if changes.More {
		changes.At = since.Next(s.position, changed[n-1].id, true)
	}
	return changes, nil
}

// changedRoom is a room in the changes.
type changedRoom struct {
	id   id.ID
	room *room // nil if it was deleted
}

// changedAfter returns the rooms that have changed since a position, in the order of their ids.
func (o ownerRooms) changedAfter(since chat.FeedPosition) []changedRoom {
	var changed []changedRoom
	for roomID, r := range o.rooms {
		if r.changed > since.Since && roomID > since.After {
			changed = append(changed, changedRoom{roomID, r})
		}
	}
	for roomID, d := range o.deleted {
		if d.changed > since.Since && roomID > since.After {
			changed = append(changed, changedRoom{roomID, nil})
		}
	}
	slices.SortFunc(changed, func(a, b changedRoom) int { return cmp.Compare(a.id, b.id) })
	return changed
}

// textLengths returns the lengths of the texts of the rooms. Of a deleted room there is none.
func textLengths(changed []changedRoom) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, c := range changed {
			length := 0
			if c.room != nil {
				length = len(c.room.Name) + len(c.room.SystemPrompt)
			}
			if !yield(length) {
				return
			}
		}
	}
}

// newFeedChanges returns the changes of the rooms.
func newFeedChanges(changed []changedRoom, since chat.FeedPosition) (changes chat.FeedChanges) {
	for _, c := range changed {
		if c.room == nil {
			changes.Deleted = append(changes.Deleted, c.id)
			continue
		}
		change := chat.RoomChange{Room: c.room.Room, FromRev: c.room.unchangedRev(since.Since)}
		changes.Rooms = append(changes.Rooms, change)
	}
	return changes
}

// unchangedRev returns the highest revision of the messages that have not changed since a
// position. All later revisions came after the position.
func (r *room) unchangedRev(since int64) int64 {
	var rev int64
	for _, m := range r.messages {
		if m.changed <= since {
			rev = max(rev, m.Rev)
		}
	}
	return rev
}
