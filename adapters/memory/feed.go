package memory

import (
	"context"

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
	feed := chat.Feed{At: s.position}
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
	if since < 0 || since > s.position {
		return chat.FeedChanges{}, chat.ErrPositionUnknown
	}
	changes := chat.FeedChanges{At: s.position}
	for _, r := range s.owners[userID].rooms {
		if r.changed > since {
			changes.Rooms = append(changes.Rooms, chat.RoomChange{Room: r.Room, FromRev: r.unchangedRev(since)})
		}
	}
	for roomID, d := range s.owners[userID].deleted {
		if d.changed > since {
			changes.Deleted = append(changes.Deleted, roomID)
		}
	}
	return changes, nil
}

// unchangedRev returns the highest revision of the messages that have not changed since a
// position. All later revisions came after the position.
func (r *room) unchangedRev(since chat.FeedPosition) int64 {
	var rev int64
	for _, m := range r.messages {
		if m.changed <= since {
			rev = max(rev, m.Rev)
		}
	}
	return rev
}
