package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// newKeyedDraft returns a new message with an idempotency key. All of them have the same text.
func (t *storeTest) newKeyedDraft(r chat.Room, key string, at time.Time) chat.Draft {
	t.Helper()
	d := t.newDraft(r, at)
	d.Key, d.RequestHash = key, chat.HashDraft(d.Text)
	return d
}

// wantReplayed checks that Accept returns the earlier message with this reply.
func (t *storeTest) wantReplayed(d chat.Draft, replyID id.ID) {
	t.Helper()
	if a := t.accept(d); !a.Replayed || a.Reply != replyID {
		t.Fatalf("Accept with a key that was used returned %+v, want a replay with the reply %s", a, replyID)
	}
}

// wantNotReplayed checks that Accept stores the draft as a new message.
func (t *storeTest) wantNotReplayed(d chat.Draft) chat.Accepted {
	t.Helper()
	a := t.accept(d)
	if a.Replayed || a.Reply != d.Reply {
		t.Fatalf("Accept returned %+v, want a new message with the reply %s", a, d.Reply)
	}
	return a
}

func (t *storeTest) keysReplay() {
	r := t.addRoom()
	first := t.accept(t.newKeyedDraft(r, "a 🗝", midday))
	t.answerReply(first.Reply, midday)
	second := t.accept(t.newDraft(r, midday.Add(time.Minute)))
	want := first
	want.Replayed, want.Used = true, 2
	messages, rev := t.allMessages(r), t.getRoom(r).Rev
	for _, at := range []time.Time{midday, midday.Add(time.Hour)} {
		wantEqual(t, "the replayed result", t.accept(t.newKeyedDraft(r, "a 🗝", at)), want)
	}
	wantEqual(t, "the messages of the room", t.allMessages(r), messages)
	t.wantCount(r.Owner, midday, 2)
	if got := t.getRoom(r); got.Rev != rev || !got.Updated.Equal(second.Prompt.Created) {
		t.Fatalf("after a replay the room has revision %d and update time %v, want no change", got.Rev, got.Updated)
	}
}

func (t *storeTest) keysMismatch() {
	r := t.addRoom()
	first := t.accept(t.newKeyedDraft(r, "a", midday))
	otherText := t.newKeyedDraft(r, "a", midday)
	otherText.RequestHash[0] ^= 1
	otherRoom := t.newKeyedDraft(t.addRoomOf(r.Owner, midday), "a", midday)
	for _, d := range []chat.Draft{otherText, otherRoom} {
		wantError(t, errorOf(t.Messages.Accept(t.ctx, d)), chat.ErrMismatch)
	}
	t.wantCount(r.Owner, midday, 1)
	t.wantReplayed(t.newKeyedDraft(r, "a", midday), first.Reply)
}

func (t *storeTest) keysExhausted() {
	r := t.addRoom()
	first := t.accept(t.newKeyedDraft(r, "a", midday))
	for range 4 {
		t.send(r, midday)
	}
	want := first
	want.Replayed, want.Used = true, 5
	wantEqual(t, "the replayed result", t.accept(t.newKeyedDraft(r, "a", midday)), want)
	other := t.newKeyedDraft(r, "a", midday)
	other.RequestHash[31] ^= 1
	wantError(t, errorOf(t.Messages.Accept(t.ctx, other)), chat.ErrMismatch)
	t.wantExhausted(t.newKeyedDraft(r, "b", midday), 5)
}

func (t *storeTest) keysRace() {
	r := t.addRoom()
	drafts, got := make([]chat.Draft, 50), make([]chat.Accepted, 50)
	for i := range drafts {
		drafts[i] = t.newKeyedDraft(r, "a", midday)
	}
	errs := concurrently(len(drafts), func(i int) (err error) {
		got[i], err = t.Messages.Accept(t.ctx, drafts[i])
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: 50})
	stored := 0
	for _, a := range got {
		if !a.Replayed {
			stored++
		}
		a.Replayed = got[0].Replayed
		wantEqual(t, "the result of Accept", a, got[0])
	}
	if n := len(t.allMessages(r)); stored != 1 || n != 2 {
		t.Fatalf("%d results were not replayed and %d messages stored, want 1 and 2", stored, n)
	}
	t.wantCount(r.Owner, midday, 1)
}

func (t *storeTest) keysPerUser() {
	a, b := t.addRoom(), t.addRoom()
	t.wantNotReplayed(t.newKeyedDraft(a, "a", midday))
	t.wantNotReplayed(t.newKeyedDraft(b, "a", midday))
	for range 2 {
		t.wantNotReplayed(t.newDraft(a, midday))
	}
}

func (t *storeTest) keysExpire() {
	r := t.addRoom()
	first := t.accept(t.newKeyedDraft(r, "a", midday))
	expires := midday.Add(chat.IdempotencyKeyTTL)
	t.wantReplayed(t.newKeyedDraft(r, "a", expires.Add(-time.Microsecond)), first.Reply)
	other := t.newKeyedDraft(r, "a", expires)
	other.RequestHash[0] ^= 1
	second := t.wantNotReplayed(other)
	if quota.DayOf(expires) == quota.DayOf(midday) || second.Used != 1 {
		t.Fatalf("Accept after the TTL of the key returned %+v, want the first message of a new day", second)
	}
	other.Prompt, other.Reply, other.Now = newID(t), newID(t), expires.Add(time.Hour)
	t.wantReplayed(other, second.Reply)
}
