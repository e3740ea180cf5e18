package postgres

import (
	"cmp"
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

var (
	readFeed    = load[readFeedParams]("read_feed.sql")
	feedChanges = load[feedChangesParams]("feed_changes.sql")
)

// readFeedParams are the parameters of read_feed.sql.
type readFeedParams struct {
	Owner id.ID `db:"owner"`
}

// feedChangesParams are the parameters of feed_changes.sql.
type feedChangesParams struct {
	Owner    id.ID `db:"owner"`
	Since    int64 `db:"since"`
	After    id.ID `db:"after"`
	Limit    int   `db:"limit"`
	MaxBytes int   `db:"max_bytes"`
}

// feedChangesRow describes the result of feed_changes.sql, and one room that has changed.
type feedChangesRow struct {
	Position int64
	Known    bool // whether the position of the follower is known
	Found    int
	FromRev  int64 `db:"from_rev"`
	Deleted  bool
	chat.Room
}

// Read implements ports.Feed.
func (s Feed) Read(ctx context.Context, owner id.ID) (chat.Feed, error) {
	var rows []struct {
		Position int64
		chat.Message
	}
	if err := readFeed.selectAll(ctx, s.messagePool, &rows, readFeedParams{Owner: owner}); err != nil {
		return chat.Feed{}, wrap("reading a feed", err)
	}
	feed := chat.Feed{At: chat.FeedPosition{Since: rows[0].Position}}
	for _, row := range rows {
		if row.ID != "" {
			feed.Running = append(feed.Running, row.Message)
		}
	}
	return feed, nil
}

// Changes implements ports.Feed. It reads position, rooms and deleted rooms with one
// statement, so that all of them are of the same snapshot.
func (s Feed) Changes(ctx context.Context, owner id.ID, since chat.FeedPosition) (chat.FeedChanges, error) {
	var rows []feedChangesRow
	err := feedChanges.selectAll(ctx, s.messagePool, &rows, feedChangesParams{
		Owner:    owner,
		Since:    since.Since,
		After:    cmp.Or(since.After, zeroID),
		Limit:    chat.FeedPageRooms + 1,
		MaxBytes: chat.PageBytes,
	})
	if err == nil && !(rows[0].Known && since.IsReached(rows[0].Position)) {
		err = chat.ErrPositionUnknown
	}
	if err != nil {
		return chat.FeedChanges{}, wrap("reading the changes of a feed", err)
	}
	return newFeedChanges(rows, since), nil
}

// newFeedChanges returns the part of the changes for the rows.
func newFeedChanges(rows []feedChangesRow, since chat.FeedPosition) (changes chat.FeedChanges) {
	part := rows[:min(chat.FeedPageRooms, len(rows))]
	for _, row := range part {
		switch {
		case row.Deleted:
			changes.Deleted = append(changes.Deleted, row.ID)
		case row.ID != "":
			changes.Rooms = append(changes.Rooms, chat.RoomChange{Room: row.Room, FromRev: row.FromRev})
		}
	}
	changes.More = rows[0].Found > len(part)
	changes.At = since.Next(rows[0].Position, part[len(part)-1].ID, changes.More)
	return changes
}
