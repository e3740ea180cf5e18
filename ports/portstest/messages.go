package portstest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Messages is the contract of a ports.Messages.
func Messages(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"Accept adds a prompt and its queued reply", (*world).acceptAdds},
		{"texts are kept as they were sent", (*world).acceptTexts},
		{"Accept refuses a room that is not the user's", (*world).acceptForeign},
		{"Accept refuses past the limit and leaves no trace", (*world).acceptExhausted},
		{"of 200 sends at once on a limit of 5 exactly 5 are accepted", (*world).acceptRace},
		{"a new UTC day starts at 0", (*world).acceptMidnight},
		{"the entitlement selects the terms", (*world).acceptEntitlement},
		{"a key is answered with its first message", (*world).keysReplay},
		{"a key used for something else is a mismatch", (*world).keysMismatch},
		{"a replay and a mismatch win over an exhausted quota", (*world).keysExhausted},
		{"of 50 sends at once under one key one is accepted, and all are answered alike", (*world).keysRace},
		{"a key is the user's own", (*world).keysOwn},
		{"a key is free again after its life", (*world).keysLife},
		{"messages exist in their room and for their owner alone", (*world).messagesForeign},
		{"an empty room has an empty page", (*world).pagesEmpty},
		{"a page holds the newest messages, oldest first", (*world).pagesNewest},
		{"Before leads back to the first message, none lost or doubled", (*world).pagesBefore},
		{"After holds what changed since, in order of change", (*world).pagesAfter},
		{"who polls sees every change, whatever happens meanwhile", (*world).pagesPolled},
		{"a context that is over stops every method", (*world).messagesOver},
	})
}

// counts asserts how many messages of the day the user has sent.
func (w *world) counts(u id.ID, at time.Time, want int) {
	w.Helper()
	if got := w.used(u, at); got != want {
		w.Fatalf("%d messages counted, want %d", got, want)
	}
}

func (w *world) acceptAdds() {
	r := w.room()
	for i := range 3 {
		at := midday.Add(time.Duration(i) * time.Minute)
		d, born := w.draft(r, at), int64(2*i+1)
		prompt := chat.Message{ID: d.Prompt, Room: r.ID, FromUser: true, Content: d.Text, Status: chat.Done, Created: at, Born: born, Rev: born}
		reply := chat.Message{ID: d.Reply, Room: r.ID, Status: chat.Queued, InReplyTo: d.Prompt, Created: at, Born: born + 1, Rev: born + 1}
		w.same("what was accepted", w.accept(d), chat.Accepted{Prompt: prompt, Reply: d.Reply, Used: i + 1, Limit: 5})
		for _, want := range []chat.Message{prompt, reply} {
			got, err := w.Messages.Get(w.ctx, r.Owner, r.ID, want.ID)
			w.ok(err)
			w.same("the message", got, want)
		}
		w.same("the end of the room", w.log(r)[2*i:], []chat.Message{prompt, reply})
		r.Rev, r.Updated = born+1, at
		w.lists(r.Owner, nil, 50, r)
		w.counts(r.Owner, at, i+1)
	}
}

func (w *world) acceptTexts() {
	r := w.room()
	for _, text := range []string{" a\tb\r\n\n ", strings.Repeat("🦉", 8000), `\0 %s '";--`, "e\u0301 ≠ é \u202e"} {
		d := w.draft(r, midday)
		d.Text = text
		w.accept(d)
		got, err := w.Messages.Get(w.ctx, r.Owner, r.ID, d.Prompt)
		w.ok(err)
		w.same("the text", got.Content, text)
	}
}

func (w *world) acceptForeign() {
	r, stranger := w.room(), w.user()
	foreign, missing, nobody := w.keyed(r, "a", midday), w.keyed(r, "a", midday), w.keyed(r, "a", midday)
	foreign.User, missing.Room, nobody.User = stranger.ID, w.id(), w.id()
	for _, d := range []chat.Draft{foreign, missing, nobody} {
		_, err := w.Messages.Accept(w.ctx, d)
		w.fails(err, chat.ErrNotFound)
		w.counts(d.User, midday, 0)
	}
	w.same("the room's messages", w.log(r), []chat.Message{})
	w.idle(midday)
	w.accept(w.keyed(r, "a", midday))
	_, err := w.Messages.Accept(w.ctx, missing)
	w.fails(err, chat.ErrNotFound)
}

// exhausted asserts that the draft is refused for the quota alone.
func (w *world) exhausted(d chat.Draft, used int) {
	w.Helper()
	a, err := w.Messages.Accept(w.ctx, d)
	w.fails(err, quota.ErrExhausted)
	if a.Used != used || a.Limit != d.Basic.Limit {
		w.Fatalf("refused with %d of %d used, want %d of %d", a.Used, a.Limit, used, d.Basic.Limit)
	}
}

func (w *world) acceptExhausted() {
	r := w.room()
	other := w.roomOf(r.Owner, midday)
	for range 5 {
		w.send(r, midday)
	}
	r.Rev = 10
	before, later := w.log(r), midday.Add(time.Hour)
	refused := w.keyed(other, "a", later)
	w.exhausted(w.draft(r, later), 5)
	w.exhausted(refused, 5)
	w.same("the room's messages", w.log(r), before)
	w.same("the other room's messages", w.log(other), []chat.Message{})
	w.counts(r.Owner, midday, 5)
	for _, room := range []chat.Room{r, other} {
		got, err := w.Rooms.Get(w.ctx, r.Owner, room.ID)
		w.ok(err)
		w.same("the room", got, room)
	}
	tomorrow := w.keyed(r, "a", midday.Add(chat.KeyLife/2+time.Hour))
	if w.accept(tomorrow).Replayed {
		w.Fatal("a refused message left its key")
	}
}

func (w *world) acceptRace() {
	r := w.room()
	rooms := []chat.Room{r, w.roomOf(r.Owner, midday), w.roomOf(r.Owner, midday)}
	drafts := make([]chat.Draft, 200)
	for i := range drafts {
		drafts[i] = w.draft(rooms[i%3], midday)
	}
	got := make([]chat.Accepted, 200)
	errs := together(200, func(i int) (err error) {
		got[i], err = w.Messages.Accept(w.ctx, drafts[i])
		return err
	})
	w.split(errs, map[error]int{nil: 5, quota.ErrExhausted: 195})
	used, messages := map[int]bool{}, 0
	for i, err := range errs {
		if err == nil {
			used[got[i].Used] = true
		} else if got[i].Used != 5 || got[i].Limit != 5 {
			w.Fatalf("refused with %d of %d used", got[i].Used, got[i].Limit)
		}
	}
	for _, r := range rooms {
		messages += len(w.log(r))
	}
	if len(used) != 5 || messages != 10 {
		w.Fatalf("%d counts given and %d messages kept, want 5 and 10", len(used), messages)
	}
	w.counts(r.Owner, midday, 5)
}

func (w *world) acceptMidnight() {
	r := w.room()
	midnight := quota.DayOf(midday).Ends()
	last := midnight.Add(-time.Microsecond)
	for range 5 {
		w.send(r, last)
	}
	w.exhausted(w.draft(r, last), 5)
	if a := w.accept(w.draft(r, midnight)); a.Used != 1 {
		w.Fatalf("the first message of a day is number %d", a.Used)
	}
	w.counts(r.Owner, last, 5)
	w.counts(r.Owner, midnight, 1)
}

func (w *world) acceptEntitlement() {
	r, ends := w.room(), midday.Add(time.Hour)
	w.entitle(r.Owner, ends)
	for i := range 7 {
		if a := w.accept(w.draft(r, ends.Add(-time.Microsecond))); a.Limit != quota.Unlimited || a.Used != i+1 {
			w.Fatalf("Pro was given %d of %d, want %d of no limit", a.Used, a.Limit, i+1)
		}
	}
	w.exhausted(w.draft(r, ends), 7)
	w.entitle(r.Owner, time.Time{})
	w.exhausted(w.draft(r, midday), 7)
}

func (w *world) messagesForeign() {
	r, stranger := w.room(), w.room()
	sibling := w.roomOf(r.Owner, midday)
	d := w.draft(r, midday)
	w.accept(d)
	for _, at := range [][3]id.ID{{stranger.Owner, r.ID, d.Prompt}, {stranger.Owner, stranger.ID, d.Prompt}, {r.Owner, sibling.ID, d.Prompt},
		{r.Owner, r.ID, w.id()}, {r.Owner, w.id(), d.Prompt}} {
		_, err := w.Messages.Get(w.ctx, at[0], at[1], at[2])
		w.fails(err, chat.ErrNotFound)
	}
	for _, at := range [][2]id.ID{{stranger.Owner, r.ID}, {r.Owner, stranger.ID}, {r.Owner, w.id()}} {
		_, err := w.Messages.Page(w.ctx, chat.Query{Owner: at[0], Room: at[1], Limit: 50})
		w.fails(err, chat.ErrNotFound)
	}
}

func (w *world) messagesOver() {
	r := w.room()
	refused, reply := w.keyed(r, "a", midday), w.send(r, midday)
	before := w.log(r)
	w.over(map[string]func(context.Context) error{
		"Accept": func(ctx context.Context) error { _, err := w.Messages.Accept(ctx, refused); return err },
		"Get":    func(ctx context.Context) error { _, err := w.Messages.Get(ctx, r.Owner, r.ID, reply); return err },
		"Page": func(ctx context.Context) error {
			_, err := w.Messages.Page(ctx, chat.Query{Owner: r.Owner, Room: r.ID, Limit: 50})
			return err
		},
	})
	w.same("the room's messages", w.log(r), before)
	w.counts(r.Owner, midday, 1)
	if w.accept(refused).Replayed {
		w.Fatal("a call that failed left its key")
	}
}
