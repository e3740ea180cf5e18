package talk

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// WatchRooms returns the updates of all rooms of a user after a cursor, without end. A nil
// cursor means now, when WatchRooms is called: then Began comes first. After a Resync the
// updates continue from now. The running replies of which the cursor already knew come first,
// with their text so far. WatchRooms fails with the error of the store. The caller calls
// watch once.
//
// The sequence ends when its context is done. It yields an error and ends when the store
// fails. While the live log is unavailable, it has no deltas, and it reads the store every
// pollEvery.
func (s *Service) WatchRooms(
	ctx context.Context, owner id.ID, from *FeedCursor,
) (watch func(context.Context) iter.Seq2[Update, error], err error) {
	f := &feedFollower{
		service: s,
		owner:   owner,
		rooms:   map[id.ID]*followedRoom{},
		texts:   make(chan textEvent),
	}
	var running []chat.Message
	if from == nil {
		running, err = f.moveToNow(ctx)
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) iter.Seq2[Update, error] { return f.watch(ctx, from, running) }, nil
}

// watch returns the updates after the cursor. Without a cursor, they are those after f.at, and
// running are the replies that were running there.
func (f *feedFollower) watch(
	ctx context.Context, from *FeedCursor, running []chat.Message,
) iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		f.yield = func(u Update) bool { return yield(u, nil) }
		err := f.run(ctx, from, running)
		if err != nil && !errors.Is(err, errStopped) && ctx.Err() == nil {
			yield(Update{}, err)
		}
	}
}

// errStopped means that the consumer of the updates wants no more.
var errStopped = errors.New("the follower has stopped")

// feedFollower follows all rooms of a user. It reads changes from the store, and follows the
// live log of each room with a running reply for its deltas.
type feedFollower struct {
	service *Service
	owner   id.ID
	at      FeedCursor
	rooms   map[id.ID]*followedRoom // rooms that have changed since the follower started
	texts   chan textEvent
	yield   func(Update) bool
	held    *Update // an update that readChanges has not yielded yet
}

// followedRoom is a room of a feedFollower.
type followedRoom struct {
	roomView
	shown   [sha256.Size]byte  // hashOf the room in the last RoomChanged update
	deleted bool               // whether RoomDeleted was sent
	stop    context.CancelFunc // ends the goroutine that follows the running reply; nil if there is none
}

// textEvent is an event of the live log.
type textEvent struct {
	room *followedRoom
	chat.Event
}

// run yields updates until ctx is done, the consumer stops, or the store fails.
func (f *feedFollower) run(ctx context.Context, from *FeedCursor, running []chat.Message) error {
	if err := f.start(ctx, from, running); err != nil {
		return err
	}
	changed := f.listen(ctx)
	for {
		poll := time.NewTimer(safetyPoll(f.owner))
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-poll.C:
		case e := <-f.texts:
			poll.Stop()
			if err := f.handleText(ctx, e); err != nil {
				return err
			}
			continue
		}
		poll.Stop()
		if err := f.readChanges(ctx); err != nil {
			return err
		}
	}
}

// room returns the state of a room, which it creates if necessary.
func (f *feedFollower) room(roomID id.ID) *followedRoom {
	r := f.rooms[roomID]
	if r == nil {
		r = &followedRoom{roomView: roomView{service: f.service, owner: f.owner, room: roomID}}
		f.rooms[roomID] = r
	}
	return r
}

// send yields an update with the current position. It fails with errStopped.
func (f *feedFollower) send(u Update) error {
	u.Feed = f.at
	if !f.yield(u) {
		return errStopped
	}
	return nil
}
