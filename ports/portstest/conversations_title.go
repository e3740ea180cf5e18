package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// addNameless stores a room without a name.
func (t *storeTest) addNameless() chat.Room {
	t.Helper()
	r := chat.Room{
		ID:           newID(t),
		Owner:        t.addUser().ID,
		SystemPrompt: "Answer as an owl.",
		Created:      midday,
		Updated:      midday,
	}
	must(t, t.Rooms.Add(t.ctx, r))
	return r
}

func (t *storeTest) setTitle(r chat.Room, title string) error {
	return errorOf(t.Conversations.SetTitle(t.ctx, r.Owner, r.ID, title))
}

func (t *storeTest) titleSet() {
	r := t.addNameless()
	x := t.addExchange(r, midday.Add(time.Minute))
	newer := t.addRoomOf(r.Owner, midday.Add(time.Hour))
	t.wantRooms(r.Owner, nil, 50, newer, t.getRoom(r))
	got, err := t.Conversations.SetTitle(t.ctx, r.Owner, r.ID, "What owls eat 🦉")
	must(t, err)
	r.Name = "What owls eat 🦉"
	r.Updated = midday.Add(time.Minute)
	r.Rev = 2
	wantEqual(t, "the result of SetTitle", got, r)
	wantEqual(t, "the room", t.getRoom(r), r)
	t.wantRooms(r.Owner, nil, 50, newer, r)
	wantEqual(t, "the revision of the reply", t.getMessage(x, x.reply).Rev, int64(2))
}

func (t *storeTest) titleRefused() {
	named, nameless := t.addRoom(), t.addNameless()
	must(t, t.setTitle(nameless, "First"))
	nameless.Name = "First"
	for _, r := range []chat.Room{named, nameless} {
		wantError(t, t.setTitle(r, "Second"), chat.ErrNotFound)
		wantEqual(t, "the room", t.getRoom(r), r)
	}
}

func (t *storeTest) titleRace() {
	for range 20 {
		r := t.addNameless()
		errs := concurrently(2, func(i int) error {
			if i == 0 {
				return t.rename(r, "Name")
			}
			return t.setTitle(r, "Title")
		})
		must(t, errs[0])
		if errs[1] != nil {
			wantError(t, errs[1], chat.ErrNotFound)
		}
		wantEqual(t, "the name", t.getRoom(r).Name, "Name")
	}
}

func (t *storeTest) titleInFeed() {
	r := t.addNameless()
	f := t.newFeedFollower(r.Owner)
	t.poll(f)
	must(t, t.setTitle(r, "What owls eat"))
	wantEqual(t, "whether Changes returns the room", hasRoom(t.poll(f), r.ID), true)
	t.wantCopy(f)
	wantEqual(t, "the name in the copy", f.rooms[r.ID].Name, "What owls eat")
}
