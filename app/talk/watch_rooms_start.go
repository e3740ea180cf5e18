package talk

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
)

// start yields what has changed since the cursor, and the running replies. Without a cursor,
// they are given.
func (f *feedFollower) start(ctx context.Context, from *FeedCursor, running []chat.Message) error {
	if from == nil {
		if err := f.send(Update{Kind: Began}); err != nil {
			return err
		}
		return f.startRunning(ctx, running)
	}
	if from.isExpired(f.service.config.Clock.Now()) {
		return f.resync(ctx)
	}
	f.at = *from
	err := f.readChanges(ctx)
	if errors.Is(err, chat.ErrPositionUnknown) {
		return f.resync(ctx)
	}
	if err != nil {
		return err
	}
	feed, err := f.readFeed(ctx)
	if err != nil {
		return err
	}
	return f.startRunning(ctx, feed.Running)
}

// resync yields Resync and continues from now.
func (f *feedFollower) resync(ctx context.Context) error {
	running, err := f.moveToNow(ctx)
	if err != nil {
		return err
	}
	if err := f.send(Update{Kind: Resync}); err != nil {
		return err
	}
	return f.startRunning(ctx, running)
}

// moveToNow sets the position to the current one, and returns the running replies.
func (f *feedFollower) moveToNow(ctx context.Context) (running []chat.Message, err error) {
	read := f.service.config.Clock.Now()
	feed, err := f.readFeed(ctx)
	if err != nil {
		return nil, err
	}
	f.at = FeedCursor{Position: feed.At, Read: read}
	return feed.Running, nil
}

func (f *feedFollower) readFeed(ctx context.Context) (chat.Feed, error) {
	feed, err := f.service.config.Feed.Read(ctx, f.owner)
	if err != nil {
		return chat.Feed{}, fmt.Errorf("reading the running replies: %w", err)
	}
	return feed, nil
}

// startRunning yields the running replies that f does not follow yet, and follows them.
func (f *feedFollower) startRunning(ctx context.Context, running []chat.Message) error {
	for _, m := range running {
		r := f.room(m.Room)
		if r.open == m.ID {
			continue
		}
		if err := f.send(r.runningUpdate(ctx, m)); err != nil {
			return err
		}
		f.followText(ctx, r)
	}
	return nil
}
