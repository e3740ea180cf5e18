package portstest

import (
	"crypto/sha256"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// keyed is a draft under an idempotency key.
func (w *world) keyed(r chat.Room, key string, at time.Time) chat.Draft {
	w.Helper()
	d := w.draft(r, at)
	d.Key, d.BodyHash = key, sha256.Sum256([]byte(d.Text))
	return d
}

func (w *world) keysReplay() {
	r := w.room()
	first := w.accept(w.keyed(r, "a 🗝", midday))
	w.reply(first.Reply, midday)
	second := w.accept(w.draft(r, midday.Add(time.Minute)))
	want := chat.Accepted{Prompt: first.Prompt, Reply: first.Reply, Replayed: true, Used: 2, Limit: 5}
	before, rev := w.log(r), w.rev(r)
	for _, at := range []time.Time{midday, midday.Add(time.Hour)} {
		w.same("the replay", w.accept(w.keyed(r, "a 🗝", at)), want)
	}
	w.same("the room's messages", w.log(r), before)
	w.counts(r.Owner, midday, 2)
	kept, err := w.Rooms.Get(w.ctx, r.Owner, r.ID)
	w.ok(err)
	if kept.Rev != rev || !kept.Updated.Equal(second.Prompt.Created) {
		w.Fatalf("a replay moved the room to revision %d, updated %v", kept.Rev, kept.Updated)
	}
}

func (w *world) keysMismatch() {
	r := w.room()
	first := w.accept(w.keyed(r, "a", midday))
	body, room := w.keyed(r, "a", midday), w.keyed(w.roomOf(r.Owner, midday), "a", midday)
	body.BodyHash[0] ^= 1
	for _, d := range []chat.Draft{body, room} {
		_, err := w.Messages.Accept(w.ctx, d)
		w.fails(err, chat.ErrMismatch)
	}
	w.counts(r.Owner, midday, 1)
	if again := w.accept(w.keyed(r, "a", midday)); again.Reply != first.Reply {
		w.Fatal("a mismatch changed what the key stands for")
	}
}

func (w *world) keysExhausted() {
	r := w.room()
	first := w.accept(w.keyed(r, "a", midday))
	for range 4 {
		w.send(r, midday)
	}
	again := w.accept(w.keyed(r, "a", midday))
	w.same("the replay", again, chat.Accepted{Prompt: first.Prompt, Reply: first.Reply, Replayed: true, Used: 5, Limit: 5})
	other := w.keyed(r, "a", midday)
	other.BodyHash[31] ^= 1
	_, err := w.Messages.Accept(w.ctx, other)
	w.fails(err, chat.ErrMismatch)
	w.exhausted(w.keyed(r, "b", midday), 5)
}

func (w *world) keysRace() {
	r := w.room()
	drafts, got := make([]chat.Draft, 50), make([]chat.Accepted, 50)
	for i := range drafts {
		drafts[i] = w.keyed(r, "a", midday)
	}
	w.split(together(50, func(i int) (err error) {
		got[i], err = w.Messages.Accept(w.ctx, drafts[i])
		return err
	}), map[error]int{nil: 50})
	first := 0
	for _, a := range got {
		if !a.Replayed {
			first++
		}
		a.Replayed = got[0].Replayed
		w.same("the answer", a, got[0])
	}
	if n := len(w.log(r)); first != 1 || n != 2 {
		w.Fatalf("%d were the first, %d messages kept, want 1 and 2", first, n)
	}
	w.counts(r.Owner, midday, 1)
}

func (w *world) keysOwn() {
	a, b := w.room(), w.room()
	if first, second := w.accept(w.keyed(a, "a", midday)), w.accept(w.keyed(b, "a", midday)); second.Replayed || first.Reply == second.Reply {
		w.Fatal("one user's key answered another's message")
	}
	for range 2 {
		if w.accept(w.draft(a, midday)).Replayed {
			w.Fatal("a message without a key was replayed")
		}
	}
}

func (w *world) keysLife() {
	r := w.room()
	first := w.accept(w.keyed(r, "a", midday))
	ends := midday.Add(chat.KeyLife)
	if again := w.accept(w.keyed(r, "a", ends.Add(-time.Microsecond))); !again.Replayed || again.Reply != first.Reply {
		w.Fatal("a key was forgotten within its life")
	}
	other := w.keyed(r, "a", ends)
	other.BodyHash[0] ^= 1
	second := w.accept(other)
	if second.Replayed || quota.DayOf(ends) == quota.DayOf(midday) || second.Used != 1 {
		w.Fatalf("a key was remembered past its life: %+v", second)
	}
	other.Prompt, other.Reply, other.Now = w.id(), w.id(), ends.Add(time.Hour)
	if again := w.accept(other); !again.Replayed || again.Reply != second.Reply {
		w.Fatal("a key that was free again is not remembered anew")
	}
}
