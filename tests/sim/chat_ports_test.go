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

func (x rooms) List(ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int) (chat.RoomPage, error) {
	return call(ctx, x.p, "rooms.List", usual, func() (chat.RoomPage, error) {
		return x.Rooms.List(ctx, owner, after, limit)
	})
}

func (x rooms) Update(ctx context.Context, owner, roomID id.ID, u chat.RoomUpdate) (chat.Room, error) {
	return call(ctx, x.p, "rooms.Update", usual, func() (chat.Room, error) {
		return x.Rooms.Update(ctx, owner, roomID, u)
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
	return refusable(ctx, x.p, "messages.Accept", func() (chat.Accepted, error) {
		return x.p.w.accept(d, func() (chat.Accepted, error) { return x.Messages.Accept(ctx, d) })
	})
}

func (x messages) Get(ctx context.Context, owner, roomID, messageID id.ID) (chat.Message, error) {
	return call(ctx, x.p, "messages.Get", usual, func() (chat.Message, error) {
		return x.Messages.Get(ctx, owner, roomID, messageID)
	})
}

func (x messages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	return call(ctx, x.p, "messages.Page", usual, func() (chat.Page, error) { return x.Messages.Page(ctx, q) })
}

func (x messageChanges) Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error) {
	return refusable(ctx, x.p, "messageChanges.Edit", func() (chat.Accepted, error) {
		return x.p.w.edit(e, func() (chat.Accepted, error) { return x.MessageChanges.Edit(ctx, e) })
	})
}

func (x messageChanges) Retry(ctx context.Context, r chat.Retry) (chat.Retried, error) {
	return refusable(ctx, x.p, "messageChanges.Retry", func() (chat.Retried, error) {
		return x.p.w.retry(r, func() (chat.Retried, error) { return x.MessageChanges.Retry(ctx, r) })
	})
}

func (x messageChanges) Cancel(ctx context.Context, c ports.Cancel) (ports.Cancelled, error) {
	return call(ctx, x.p, "messageChanges.Cancel", usual, func() (ports.Cancelled, error) {
		return x.p.w.cancel(c, func() (ports.Cancelled, error) { return x.MessageChanges.Cancel(ctx, c) })
	})
}

func (x messageChanges) Versions(ctx context.Context, q chat.VersionQuery) (chat.VersionPage, error) {
	return call(ctx, x.p, "messageChanges.Versions", usual, func() (chat.VersionPage, error) {
		return x.MessageChanges.Versions(ctx, q)
	})
}

// refusable is call for a method that returns a result with some of its errors. Such an error
// is no fault: the caller gets it together with the result.
func refusable[T any](ctx context.Context, p *process, name string, do func() (T, error)) (T, error) {
	var refusal error
	v, err := call(ctx, p, name, usual, func() (T, error) {
		v, err := do()
		refusal = err
		return v, nil
	})
	if err == nil {
		err = refusal
	}
	return v, err
}

func (x messageCounts) Count(ctx context.Context, userID id.ID, day quota.Day) (int, error) {
	return call(ctx, x.p, "messageCounts.Count", usual, func() (int, error) {
		return x.MessageCounts.Count(ctx, userID, day)
	})
}

func (x search) Find(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error) {
	return call(ctx, x.p, "search.Find", usual, func() (chat.SearchPage, error) { return x.Search.Find(ctx, q) })
}

func (x feed) Read(ctx context.Context, owner id.ID) (chat.Feed, error) {
	return call(ctx, x.p, "feed.Read", usual, func() (chat.Feed, error) { return x.Feed.Read(ctx, owner) })
}

func (x feed) Changes(ctx context.Context, owner id.ID, since chat.FeedPosition) (chat.FeedChanges, error) {
	return call(ctx, x.p, "feed.Changes", usual, func() (chat.FeedChanges, error) {
		return x.Feed.Changes(ctx, owner, since)
	})
}
