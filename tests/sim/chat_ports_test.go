package sim

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

func (x rooms) Add(ctx context.Context, r chat.Room) error {
	return run(ctx, x.p, "rooms.Add", usual, func() error { return x.Rooms.Add(ctx, r) })
}

func (x rooms) Get(ctx context.Context, owner, roomID id.ID) (chat.Room, error) {
	return call(ctx, x.p, "rooms.Get", usual, func() (chat.Room, error) { return x.Rooms.Get(ctx, owner, roomID) })
}

func (x rooms) List(ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int) ([]chat.Room, error) {
	return call(ctx, x.p, "rooms.List", usual, func() ([]chat.Room, error) {
		return x.Rooms.List(ctx, owner, after, limit)
	})
}

func (x rooms) Delete(ctx context.Context, owner, roomID id.ID) error {
	return run(ctx, x.p, "rooms.Delete", usual, func() error {
		return x.p.w.deleted(roomID, func() error {
			return x.Rooms.Delete(ctx, owner, roomID)
		})
	})
}

func (x messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	var refusal error // is a result, not a fault: the caller gets it together with the quota
	a, err := call(ctx, x.p, "messages.Accept", usual, func() (chat.Accepted, error) {
		a, err := x.p.w.accept(d, func() (chat.Accepted, error) { return x.Messages.Accept(ctx, d) })
		refusal = err
		return a, nil
	})
	if err == nil {
		err = refusal
	}
	return a, err
}

func (x messages) Get(ctx context.Context, owner, roomID, messageID id.ID) (chat.Message, error) {
	return call(ctx, x.p, "messages.Get", usual, func() (chat.Message, error) {
		return x.Messages.Get(ctx, owner, roomID, messageID)
	})
}

func (x messages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	return call(ctx, x.p, "messages.Page", usual, func() (chat.Page, error) { return x.Messages.Page(ctx, q) })
}

func (x messageCounts) Count(ctx context.Context, userID id.ID, day quota.Day) (int, error) {
	return call(ctx, x.p, "messageCounts.Count", usual, func() (int, error) {
		return x.MessageCounts.Count(ctx, userID, day)
	})
}

func (x live) Append(ctx context.Context, piece chat.Piece) error {
	return run(ctx, x.p, "live.Append", usual, func() error { return x.Live.Append(ctx, piece) })
}

func (x live) Delete(ctx context.Context, rooms ...chat.Room) error {
	return run(ctx, x.p, "live.Delete", usual, func() error { return x.Live.Delete(ctx, rooms...) })
}

func (x live) Announce(ctx context.Context, room id.ID, rev int64, ended ...id.ID) error {
	return run(ctx, x.p, "live.Announce", usual, func() error { return x.Live.Announce(ctx, room, rev, ended...) })
}

func (x live) Read(ctx context.Context, room, replyID id.ID) (string, error) {
	return call(ctx, x.p, "live.Read", usual, func() (string, error) { return x.Live.Read(ctx, room, replyID) })
}
