package portstest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Rooms is the contract of a ports.Rooms.
func Rooms(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"a room comes back as it was added", (*world).roomsAdded},
		{"a room exists for its owner alone", (*world).roomsForeign},
		{"List pages through all rooms, most recent first, none lost or doubled", (*world).roomsList},
		{"List goes on after a room that is gone", (*world).roomsListGone},
		{"a message moves its room to the front", (*world).roomsMoved},
		{"Rename changes the name alone", (*world).roomsRename},
		{"Delete takes the room and its messages", (*world).roomsDelete},
		{"Delete frees the room's keys", (*world).roomsDeleteKeys},
		{"Delete drops answers under way and refunds nothing", (*world).roomsDeleteWork},
		{"a context that is over stops every method", (*world).roomsOver},
	})
}

func (w *world) roomsAdded() {
	r := w.room()
	got, err := w.Rooms.Get(w.ctx, r.Owner, r.ID)
	w.ok(err)
	w.same("the room", got, r)
	w.lists(r.Owner, nil, 50, r)
	w.lists(w.user().ID, nil, 50)
}

// lists asserts what a page of the owner's rooms holds.
func (w *world) lists(owner id.ID, after *ports.Place, limit int, want ...chat.Room) {
	w.Helper()
	got, err := w.Rooms.List(w.ctx, owner, after, limit)
	w.ok(err)
	w.same("the rooms", got, want)
}

func (w *world) roomsForeign() {
	r, stranger := w.room(), w.room().Owner
	for owner, room := range map[id.ID]id.ID{stranger: r.ID, r.Owner: w.id(), w.id(): r.ID} {
		_, err := w.Rooms.Get(w.ctx, owner, room)
		w.fails(err, chat.ErrNotFound)
		_, err = w.Rooms.Rename(w.ctx, owner, room, "Mine")
		w.fails(err, chat.ErrNotFound)
		w.fails(w.Rooms.Delete(w.ctx, owner, room), chat.ErrNotFound)
	}
	got, err := w.Rooms.Get(w.ctx, r.Owner, r.ID)
	w.ok(err)
	w.same("the room", got, r)
}

// many adds rooms to an owner, several of them updated at the same instant, and returns them as List orders them.
func (w *world) many(owner id.ID, n int) []chat.Room {
	w.Helper()
	var all []chat.Room
	for i := range n {
		all = append(all, w.roomOf(owner, midday.Add(time.Duration(i*i%5)*time.Microsecond)))
	}
	slices.SortFunc(all, func(a, b chat.Room) int {
		return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(b.ID, a.ID))
	})
	return all
}

func (w *world) roomsList() {
	owner := w.user().ID
	w.room()
	all := w.many(owner, 23)
	for _, limit := range []int{1, 2, 7, 23, 100} {
		var after *ports.Place
		for start := 0; start <= len(all); start += limit {
			page := all[start:min(start+limit, len(all))]
			w.lists(owner, after, limit, page...)
			if len(page) > 0 {
				after = placeAfter(page)
			}
		}
	}
}

func placeAfter(page []chat.Room) *ports.Place {
	last := page[len(page)-1]
	return &ports.Place{Updated: last.Updated, ID: last.ID}
}

func (w *world) roomsListGone() {
	owner := w.user().ID
	all := w.many(owner, 9)
	after := placeAfter(all[:4])
	w.ok(w.Rooms.Delete(w.ctx, owner, after.ID))
	w.lists(owner, after, 50, all[4:]...)
	w.lists(owner, nil, 50, slices.Concat(all[:3], all[4:])...)
}

func (w *world) roomsMoved() {
	old := w.room()
	recent := w.roomOf(old.Owner, midday.Add(time.Hour))
	w.lists(old.Owner, nil, 50, recent, old)
	at := midday.Add(2 * time.Hour)
	w.send(old, at)
	old.Updated, old.Rev = at, 2
	w.lists(old.Owner, nil, 50, old, recent)
}

func (w *world) roomsRename() {
	r := w.room()
	other := w.roomOf(r.Owner, midday.Add(time.Hour))
	got, err := w.Rooms.Rename(w.ctx, r.Owner, r.ID, "Bats 🦇")
	w.ok(err)
	r.Name = "Bats 🦇"
	w.same("the room", got, r)
	w.lists(r.Owner, nil, 50, other, r)
}

func (w *world) roomsDelete() {
	r := w.room()
	other := w.roomOf(r.Owner, midday)
	d := w.draft(r, midday)
	w.accept(d)
	w.ok(w.Rooms.Delete(w.ctx, r.Owner, r.ID))
	w.lists(r.Owner, nil, 50, other)
	w.fails(w.Rooms.Delete(w.ctx, r.Owner, r.ID), chat.ErrNotFound)
	_, err := w.Rooms.Get(w.ctx, r.Owner, r.ID)
	w.fails(err, chat.ErrNotFound)
	_, err = w.Messages.Page(w.ctx, chat.Query{Owner: r.Owner, Room: r.ID, Limit: 50})
	w.fails(err, chat.ErrNotFound)
	for _, room := range []id.ID{r.ID, other.ID} {
		_, err = w.Messages.Get(w.ctx, r.Owner, room, d.Prompt)
		w.fails(err, chat.ErrNotFound)
	}
	_, err = w.Messages.Accept(w.ctx, w.draft(r, midday))
	w.fails(err, chat.ErrNotFound)
}

func (w *world) roomsDeleteKeys() {
	r := w.room()
	other := w.roomOf(r.Owner, midday)
	w.accept(w.keyed(r, "a", midday))
	kept := w.accept(w.keyed(other, "b", midday))
	w.ok(w.Rooms.Delete(w.ctx, r.Owner, r.ID))
	if w.accept(w.keyed(other, "a", midday)).Replayed {
		w.Fatal("a key of a deleted room was replayed")
	}
	if again := w.accept(w.keyed(other, "b", midday)); !again.Replayed || again.Reply != kept.Reply {
		w.Fatal("a key of another room was lost")
	}
}

func (w *world) roomsDeleteWork() {
	queued, running := w.room(), w.room()
	reply := w.send(running, midday)
	task := w.claim(midday)
	w.send(queued, midday)
	for _, r := range []chat.Room{queued, running} {
		w.ok(w.Rooms.Delete(w.ctx, r.Owner, r.ID))
	}
	w.idle(midday.Add(time.Hour))
	w.depth(midday.Add(time.Hour), ports.Depth{})
	w.fails(w.Work.Renew(w.ctx, reply, task.Fence, midday, chat.Lease), chat.ErrGone)
	_, err := w.Work.Finish(w.ctx, reply, task.Fence, gaveUp, midday)
	w.fails(err, chat.ErrGone)
	if n := w.used(running.Owner, midday); n != 1 {
		w.Fatalf("%d used, want the 1 that was sent", n)
	}
}

func (w *world) roomsOver() {
	r := w.room()
	unadded := chat.Room{ID: w.id(), Owner: r.Owner, Name: "Never", Created: midday, Updated: midday}
	w.over(map[string]func(context.Context) error{
		"Add":    func(ctx context.Context) error { return w.Rooms.Add(ctx, unadded) },
		"Get":    func(ctx context.Context) error { _, err := w.Rooms.Get(ctx, r.Owner, r.ID); return err },
		"List":   func(ctx context.Context) error { _, err := w.Rooms.List(ctx, r.Owner, nil, 50); return err },
		"Rename": func(ctx context.Context) error { _, err := w.Rooms.Rename(ctx, r.Owner, r.ID, "Changed"); return err },
		"Delete": func(ctx context.Context) error { return w.Rooms.Delete(ctx, r.Owner, r.ID) },
	})
	w.lists(r.Owner, nil, 50, r)
}
