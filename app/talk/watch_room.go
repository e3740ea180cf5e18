package talk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// safetyPoll returns the time after which a follower reads the store again, because an
// announcement may be lost: 30 to 60 s. The end of a user's id is random and so spreads the
// polls of many followers.
func safetyPoll(owner id.ID) time.Duration {
	end, _ := strconv.ParseUint(string(owner[max(0, len(owner)-3):]), 16, 16)
	return 30*time.Second + 30*time.Second*time.Duration(end)/0x1000
}

// WatchRoom returns the updates of a room after a cursor, without end. A nil cursor means
// now: then Began and the running reply come first, with its text so far. WatchRoom fails with
// chat.ErrNotFound, or with chat.ErrPositionUnknown when the room has not reached the
// revision of the cursor, for example because the store was restored from a backup. The
// caller calls watch once.
//
// The sequence ends when its context is done or the room is deleted. It yields an error and ends
// when the store fails. While the live log is unavailable, it has no deltas, and it reads
// the store every pollEvery.
func (s *Service) WatchRoom(
	ctx context.Context, owner id.ID, room string, from *chat.Cursor,
) (watch func(context.Context) iter.Seq2[Update, error], err error) {
	r, err := s.Room(ctx, owner, room)
	if err != nil {
		return nil, err
	}
	v := &roomView{service: s, owner: owner, room: r.ID, cursor: chat.Cursor{Rev: r.Rev}}
	if from != nil && from.Rev > r.Rev {
		return nil, chat.ErrPositionUnknown
	}
	if from != nil {
		v.cursor = *from
		return func(ctx context.Context) iter.Seq2[Update, error] { return v.watch(ctx) }, nil
	}
	feed, err := s.config.Feed.Read(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("reading the running replies: %w", err)
	}
	return func(ctx context.Context) iter.Seq2[Update, error] { return v.watchFromNow(ctx, feed.Running) }, nil
}

// WatchReply returns the updates of a message that Send has accepted, and of its reply. The
// sequence ends after ReplyEnded, and as WatchRoom's.
func (s *Service) WatchReply(ctx context.Context, sent SendResult) iter.Seq2[Update, error] {
	v := &roomView{
		service: s,
		owner:   sent.User,
		room:    sent.Prompt.Room,
		cursor:  chat.Cursor{Rev: sent.Prompt.Born - 1},
	}
	return func(yield func(Update, error) bool) {
		for u, err := range v.watch(ctx) {
			if err == nil && u.Delta.Attempt.Reply != sent.Reply &&
				u.Message.ID != sent.Reply && u.Message.ID != sent.Prompt.ID {
				continue
			}
			if !yield(u, err) || u.Kind == ReplyEnded {
				return
			}
		}
	}
}

// watchFromNow returns Began, the running reply of the room, and the updates after that.
// running are the running replies of the user.
func (v *roomView) watchFromNow(ctx context.Context, running []chat.Message) iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		if !yield(Update{Kind: Began, Cursor: v.cursor}, nil) {
			return
		}
		for _, m := range running {
			if m.Room == v.room && !yield(v.runningUpdate(ctx, m), nil) {
				return
			}
		}
		v.watch(ctx)(yield)
	}
}

// watch returns the updates after the view's cursor.
func (v *roomView) watch(ctx context.Context) iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		yieldUpdate := func(u Update) bool { return yield(u, nil) }
		for ctx.Err() == nil {
			goOn, err := v.follow(ctx, yieldUpdate)
			if errors.Is(err, chat.ErrNotFound) {
				return // the room was deleted
			}
			if err != nil && ctx.Err() == nil {
				yield(Update{}, err)
			}
			if err != nil || !goOn {
				return
			}
		}
	}
}

// follow yields the changes in the store, and then those that the live log reports. It
// returns true after a while without changes, and pollEvery after the live log has become
// unavailable. It returns false when yield has returned false.
func (v *roomView) follow(ctx context.Context, yield func(Update) bool) (goOn bool, err error) {
	goOn, err = v.changes(ctx, yield)
	if !goOn || err != nil {
		return goOn, err
	}
	following, stop := context.WithTimeout(ctx, safetyPoll(v.owner))
	defer stop()
	for event, err := range v.service.config.LiveReader.Follow(following, v.room, v.cursor) {
		if err != nil {
			sleep(ctx, pollEvery)
			return true, nil
		}
		if goOn, err := v.event(ctx, event, yield); !goOn || err != nil {
			return goOn, err
		}
	}
	return true, nil
}

// event yields the updates that follow from an event of the live log.
func (v *roomView) event(ctx context.Context, e chat.Event, yield func(Update) bool) (goOn bool, err error) {
	goOn = true
	switch {
	case e.Kind == chat.Changed && e.At.Rev > v.cursor.Rev:
		goOn, err = v.changes(ctx, yield)
	case v.isUnexpected(e):
		goOn, err = v.expect(ctx, e, yield)
	}
	if !goOn || err != nil {
		return goOn, err
	}
	u, ok := v.textUpdate(e)
	return !ok || yield(u), nil
}

// sleep waits for d or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
