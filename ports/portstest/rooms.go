package portstest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Rooms is the contract of ports.Rooms.
func Rooms(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Add stores all fields of a room", (*storeTest).roomsAdd},
		{"a room exists only for its owner", (*storeTest).roomsForeign},
		{"List returns each room once, the most recently updated first", (*storeTest).roomsList},
		{"a page of List has at most PageBytes of text, or one room", (*storeTest).roomsListBytes},
		{"List continues after a cursor whose room was deleted", (*storeTest).roomsListAfterDeleted},
		{"a new message moves its room to the front of the list", (*storeTest).roomsListAfterMessage},
		{"a room may have neither a name nor a system prompt", (*storeTest).roomsNameless},
		{"Update changes only the settings that it has", (*storeTest).roomsUpdate},
		{"Delete deletes the room and its messages", (*storeTest).roomsDelete},
		{"no method finds a deleted room, before and after RemoveDeleted", (*storeTest).roomsDeleteUnreachable},
		{"Delete deletes the idempotency keys of the room", (*storeTest).roomsDeleteKeys},
		{"Delete stops the replies of the room, without a refund", (*storeTest).roomsDeleteReplies},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).roomsCancelled},
	})
}

func (t *storeTest) roomsAdd() {
	r := t.addRoom()
	wantEqual(t, "the room", t.getRoom(r), r)
	t.wantRooms(r.Owner, nil, 50, r)
	t.wantRooms(t.addUser().ID, nil, 50)
}

// wantRooms checks one page of the owner's list.
func (t *storeTest) wantRooms(owner id.ID, after *ports.RoomCursor, limit int, want ...chat.Room) {
	t.Helper()
	got, err := t.Rooms.List(t.ctx, owner, after, limit)
	must(t, err)
	wantEqual(t, "the list of rooms", got.Rooms, want)
}

// wantNoRoom checks that Get and Page do not find the room for this user.
func (t *storeTest) wantNoRoom(owner, roomID id.ID) {
	t.Helper()
	wantError(t, errorOf(t.Rooms.Get(t.ctx, owner, roomID)), chat.ErrNotFound)
	page := chat.Query{Owner: owner, Room: roomID, Limit: 50}
	wantError(t, errorOf(t.Messages.Page(t.ctx, page)), chat.ErrNotFound)
}

func (t *storeTest) roomsForeign() {
	r, stranger := t.addRoom(), t.addRoom().Owner
	for owner, roomID := range map[id.ID]id.ID{stranger: r.ID, r.Owner: newID(t), newID(t): r.ID} {
		t.wantNoRoom(owner, roomID)
		for _, u := range []chat.RoomUpdate{{Name: new("Mine")}, {SystemPrompt: new("Mine")}, {}} {
			wantError(t, errorOf(t.Rooms.Update(t.ctx, owner, roomID, u)), chat.ErrNotFound)
		}
		wantError(t, t.Rooms.Delete(t.ctx, owner, roomID), chat.ErrNotFound)
	}
	wantEqual(t, "the room", t.getRoom(r), r)
}

// addRooms adds n rooms and returns them in the order of List. Some have the same update time.
func (t *storeTest) addRooms(owner id.ID, n int) []chat.Room {
	t.Helper()
	var all []chat.Room
	for i := range n {
		all = append(all, t.addRoomOf(owner, midday.Add(time.Duration(i*i%5)*time.Microsecond)))
	}
	slices.SortFunc(all, func(a, b chat.Room) int {
		return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(b.ID, a.ID))
	})
	return all
}

func (t *storeTest) roomsList() {
	owner := t.addUser().ID
	t.addRoom()
	all := t.addRooms(owner, 23)
	for _, limit := range []int{1, 2, 7, 23, 100} {
		var after *ports.RoomCursor
		for start := 0; start <= len(all); start += limit {
			page := all[start:min(start+limit, len(all))]
			t.wantRooms(owner, after, limit, page...)
			if len(page) > 0 {
				after = cursorAfter(page)
			}
		}
	}
}

// cursorAfter returns the cursor of the next page.
func cursorAfter(page []chat.Room) *ports.RoomCursor {
	last := page[len(page)-1]
	return &ports.RoomCursor{Updated: last.Updated, ID: last.ID}
}

func (t *storeTest) roomsListAfterDeleted() {
	owner := t.addUser().ID
	all := t.addRooms(owner, 9)
	after := cursorAfter(all[:4])
	must(t, t.Rooms.Delete(t.ctx, owner, after.ID))
	t.wantRooms(owner, after, 50, all[4:]...)
	t.wantRooms(owner, nil, 50, slices.Concat(all[:3], all[4:])...)
}

func (t *storeTest) roomsListAfterMessage() {
	older := t.addRoom()
	newer := t.addRoomOf(older.Owner, midday.Add(time.Hour))
	t.wantRooms(older.Owner, nil, 50, newer, older)
	at := midday.Add(2 * time.Hour)
	t.send(older, at)
	older.Updated, older.Rev = at, 2
	t.wantRooms(older.Owner, nil, 50, older, newer)
}

func (t *storeTest) roomsDelete() {
	r := t.addRoom()
	other := t.addRoomOf(r.Owner, midday)
	d := t.newDraft(r, midday)
	t.accept(d)
	must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	t.wantRooms(r.Owner, nil, 50, other)
	wantError(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID), chat.ErrNotFound)
	t.wantNoRoom(r.Owner, r.ID)
	for _, roomID := range []id.ID{r.ID, other.ID} {
		wantError(t, errorOf(t.Messages.Get(t.ctx, r.Owner, roomID, d.Prompt)), chat.ErrNotFound)
	}
	wantError(t, errorOf(t.Messages.Accept(t.ctx, t.newDraft(r, midday))), chat.ErrNotFound)
}

func (t *storeTest) roomsDeleteKeys() {
	r := t.addRoom()
	other := t.addRoomOf(r.Owner, midday)
	t.accept(t.newKeyedDraft(r, "a", midday))
	kept := t.accept(t.newKeyedDraft(other, "b", midday))
	must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	t.wantNotReplayed(t.newKeyedDraft(other, "a", midday))
	t.wantReplayed(t.newKeyedDraft(other, "b", midday), kept.Reply)
}

func (t *storeTest) roomsDeleteReplies() {
	queued, running := t.addRoom(), t.addRoom()
	task := t.wantClaim(midday, t.send(running, midday))
	t.send(queued, midday)
	for _, r := range []chat.Room{queued, running} {
		must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	}
	t.wantNoneDue(midday.Add(time.Hour))
	t.wantDepth(midday.Add(time.Hour), ports.Depth{})
	wantError(t, t.ReplyQueue.Renew(t.ctx, task.Reply, task.Fence, midday, reply.Lease), reply.ErrDeleted)
	wantError(t, errorOf(t.ReplyQueue.Finish(t.ctx, task.Reply, task.Fence, failed, midday)), reply.ErrDeleted)
	t.wantCount(running.Owner, midday, 1)
}

func (t *storeTest) roomsCancelled() {
	r := t.addRoom()
	unadded := chat.Room{ID: newID(t), Owner: r.Owner, Name: "Never", Created: midday, Updated: midday}
	rename := chat.RoomUpdate{Name: new("Changed")}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Add":    func(ctx context.Context) error { return t.Rooms.Add(ctx, unadded) },
		"Get":    func(ctx context.Context) error { return errorOf(t.Rooms.Get(ctx, r.Owner, r.ID)) },
		"List":   func(ctx context.Context) error { return errorOf(t.Rooms.List(ctx, r.Owner, nil, 50)) },
		"Update": func(ctx context.Context) error { return errorOf(t.Rooms.Update(ctx, r.Owner, r.ID, rename)) },
		"Delete": func(ctx context.Context) error { return t.Rooms.Delete(ctx, r.Owner, r.ID) },
	})
	t.wantRooms(r.Owner, nil, 50, r)
}
