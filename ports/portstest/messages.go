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

// Messages is the contract of ports.Messages: messages_keys.go tests idempotency
// keys, messages_pages.go tests pages.
func Messages(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Accept stores the prompt and its queued reply", (*storeTest).acceptStores},
		{"texts are stored without any change", (*storeTest).acceptTexts},
		{"Accept fails with ErrNotFound unless the room belongs to the user", (*storeTest).acceptForeign},
		{"Accept fails with ErrExhausted at the limit, and changes nothing", (*storeTest).acceptExhausted},
		{"of 200 concurrent Accepts with a limit of 5 exactly 5 succeed", (*storeTest).acceptRace},
		{"of concurrent Accepts of many users, each has its own result", (*storeTest).acceptMixed},
		{"Accept fails with ErrBacklog if the user has MaxQueued queued replies", (*storeTest).acceptBacklog},
		{"replies that wait for a retry count as queued, running ones do not", (*storeTest).acceptBacklogStatus},
		{"of several errors of Accept, the first of the documented order is returned", (*storeTest).acceptErrorOrder},
		{"of 40 concurrent Accepts with 3 queued replies allowed exactly 3 succeed", (*storeTest).acceptBacklogRace},
		{"the count starts at 0 on each UTC day", (*storeTest).acceptMidnight},
		{"the limit is that of Pro while the user is entitled to it", (*storeTest).acceptEntitlement},
		{"a key that was used returns its first result and changes nothing", (*storeTest).keysReplay},
		{"a key that was used for another text or room fails with ErrMismatch", (*storeTest).keysMismatch},
		{"a replay and a mismatch take precedence over an exhausted quota", (*storeTest).keysExhausted},
		{"of 50 concurrent Accepts with one key one is stored, and all return its result", (*storeTest).keysRace},
		{"users do not share keys, and a message without a key is never a replay", (*storeTest).keysPerUser},
		{"a key can be used again after its TTL", (*storeTest).keysExpire},
		{"a message exists only in its room and for its owner", (*storeTest).messagesForeign},
		{"the page of an empty room is empty", (*storeTest).pagesEmpty},
		{"a page contains the newest messages, the oldest of them first", (*storeTest).pagesNewest},
		{"paging with Before returns each message once, back to the first", (*storeTest).pagesBefore},
		{"paging with After returns each later change once, in order", (*storeTest).pagesAfter},
		{"a page has at most PageBytes of text, or one message, and the next one continues", (*storeTest).pagesBytes},
		{"a client that polls with After sees every change", (*storeTest).pagesPolled},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).messagesCancelled},
	})
}

func (t *storeTest) acceptStores() {
	r := t.addRoom()
	for i := range 3 {
		at := midday.Add(time.Duration(i) * time.Minute)
		d, born := t.newDraft(r, at), int64(2*i+1)
		prompt := chat.Message{
			ID:       d.Prompt,
			Room:     r.ID,
			FromUser: true,
			Content:  d.Text,
			Status:   chat.Done,
			Created:  at,
			Born:     born,
			Rev:      born,
		}
		reply := chat.Message{
			ID:        d.Reply,
			Room:      r.ID,
			Status:    chat.Queued,
			InReplyTo: d.Prompt,
			Created:   at,
			Born:      born + 1,
			Rev:       born + 1,
		}
		want := chat.Accepted{Prompt: prompt, Reply: d.Reply, Spent: chat.Spent{Used: i + 1, Limit: 5}}
		wantEqual(t, "the result of Accept", t.accept(d), want)
		for _, want := range []chat.Message{prompt, reply} {
			got, err := t.Messages.Get(t.ctx, r.Owner, r.ID, want.ID)
			must(t, err)
			wantEqual(t, "the message", got, want)
		}
		wantEqual(t, "the last messages of the room", t.allMessages(r)[2*i:], []chat.Message{prompt, reply})
		r.Rev, r.Updated = born+1, at
		t.wantRooms(r.Owner, nil, 50, r)
		t.wantCount(r.Owner, at, i+1)
	}
}

func (t *storeTest) acceptTexts() {
	r := t.addRoom()
	for _, text := range []string{" a\tb\r\n\n ", strings.Repeat("🦉", 8000), `\0 %s '";--`, "e\u0301 ≠ é \u202e"} {
		d := t.newDraft(r, midday)
		d.Text = text
		t.accept(d)
		got, err := t.Messages.Get(t.ctx, r.Owner, r.ID, d.Prompt)
		must(t, err)
		wantEqual(t, "the text", got.Content, text)
	}
}

func (t *storeTest) acceptForeign() {
	r, stranger := t.addRoom(), t.addUser()
	foreign := t.newKeyedDraft(r, "a", midday)
	foreign.User = stranger.ID
	noRoom := t.newKeyedDraft(r, "a", midday)
	noRoom.Room = newID(t)
	noUser := t.newKeyedDraft(r, "a", midday)
	noUser.User = newID(t)
	for _, d := range []chat.Draft{foreign, noRoom, noUser} {
		wantError(t, errorOf(t.Messages.Accept(t.ctx, d)), chat.ErrNotFound)
		t.wantCount(d.User, midday, 0)
	}
	wantEqual(t, "the messages of the room", t.allMessages(r), []chat.Message{})
	t.wantNoneDue(midday)
	t.accept(t.newKeyedDraft(r, "a", midday))
	wantError(t, errorOf(t.Messages.Accept(t.ctx, noRoom)), chat.ErrNotFound)
}

// wantExhausted checks that Accept refuses the draft because of the quota.
func (t *storeTest) wantExhausted(d chat.Draft, used int) {
	t.Helper()
	a, err := t.Messages.Accept(t.ctx, d)
	wantError(t, err, quota.ErrExhausted)
	if a.Used != used || a.Limit != d.Basic.Limit {
		t.Fatalf("Accept was refused with %d of %d used, want %d of %d", a.Used, a.Limit, used, d.Basic.Limit)
	}
}

func (t *storeTest) acceptExhausted() {
	r := t.addRoom()
	other := t.addRoomOf(r.Owner, midday)
	for range 5 {
		t.send(r, midday)
	}
	r.Rev = 10
	before, later := t.allMessages(r), midday.Add(time.Hour)
	t.wantExhausted(t.newDraft(r, later), 5)
	t.wantExhausted(t.newKeyedDraft(other, "a", later), 5)
	wantEqual(t, "the messages of the room", t.allMessages(r), before)
	wantEqual(t, "the messages of the other room", t.allMessages(other), []chat.Message{})
	t.wantCount(r.Owner, midday, 5)
	for _, room := range []chat.Room{r, other} {
		wantEqual(t, "the room", t.getRoom(room), room)
	}
	// On the next day the key must be free: the message that was refused has not used it.
	t.wantNotReplayed(t.newKeyedDraft(r, "a", midday.Add(chat.IdempotencyKeyTTL/2+time.Hour)))
}

func (t *storeTest) acceptRace() {
	r := t.addRoom()
	rooms := []chat.Room{r, t.addRoomOf(r.Owner, midday), t.addRoomOf(r.Owner, midday)}
	drafts, got := make([]chat.Draft, 200), make([]chat.Accepted, 200)
	for i := range drafts {
		drafts[i] = t.newDraft(rooms[i%3], midday)
	}
	errs := concurrently(len(drafts), func(i int) (err error) {
		got[i], err = t.Messages.Accept(t.ctx, drafts[i])
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: 5, quota.ErrExhausted: 195})
	used, messages := map[int]bool{}, 0
	for i, err := range errs {
		if err == nil {
			used[got[i].Used] = true
		} else if got[i].Used != 5 || got[i].Limit != 5 {
			t.Fatalf("Accept was refused with %d of %d used, want 5 of 5", got[i].Used, got[i].Limit)
		}
	}
	for _, room := range rooms {
		messages += len(t.allMessages(room))
	}
	if len(used) != 5 || messages != 10 {
		t.Fatalf("%d different counts returned and %d messages stored, want 5 and 10", len(used), messages)
	}
	t.wantCount(r.Owner, midday, 5)
}

func (t *storeTest) acceptMidnight() {
	r := t.addRoom()
	midnight := quota.DayOf(midday).End()
	last := midnight.Add(-time.Microsecond)
	for range 5 {
		t.send(r, last)
	}
	t.wantExhausted(t.newDraft(r, last), 5)
	if a := t.accept(t.newDraft(r, midnight)); a.Used != 1 {
		t.Fatalf("the first message of the day has number %d, want 1", a.Used)
	}
	t.wantCount(r.Owner, last, 5)
	t.wantCount(r.Owner, midnight, 1)
}

func (t *storeTest) acceptEntitlement() {
	r, ends := t.addRoom(), midday.Add(time.Hour)
	t.setProUntil(r.Owner, ends)
	for i := range 7 {
		a := t.accept(t.newDraft(r, ends.Add(-time.Microsecond)))
		if a.Limit != quota.Unlimited || a.Used != i+1 {
			t.Fatalf("Accept for Pro returned %d of %d used, want %d of unlimited", a.Used, a.Limit, i+1)
		}
	}
	t.wantExhausted(t.newDraft(r, ends), 7)
	t.setProUntil(r.Owner, time.Time{})
	t.wantExhausted(t.newDraft(r, midday), 7)
}

func (t *storeTest) messagesForeign() {
	r, foreign := t.addRoom(), t.addRoom()
	sibling := t.addRoomOf(r.Owner, midday)
	message := t.accept(t.newDraft(r, midday)).Prompt.ID
	for _, key := range []struct{ owner, room, message id.ID }{
		{foreign.Owner, r.ID, message},
		{foreign.Owner, foreign.ID, message},
		{r.Owner, sibling.ID, message},
		{r.Owner, r.ID, newID(t)},
		{r.Owner, newID(t), message},
	} {
		wantError(t, errorOf(t.Messages.Get(t.ctx, key.owner, key.room, key.message)), chat.ErrNotFound)
	}
	t.wantNoRoom(foreign.Owner, r.ID)
	t.wantNoRoom(r.Owner, foreign.ID)
	t.wantNoRoom(r.Owner, newID(t))
}

func (t *storeTest) messagesCancelled() {
	r := t.addRoom()
	d, replyID := t.newKeyedDraft(r, "a", midday), t.send(r, midday)
	before := t.allMessages(r)
	page := chat.Query{Owner: r.Owner, Room: r.ID, Limit: 50}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Accept": func(ctx context.Context) error { return errorOf(t.Messages.Accept(ctx, d)) },
		"Get":    func(ctx context.Context) error { return errorOf(t.Messages.Get(ctx, r.Owner, r.ID, replyID)) },
		"Page":   func(ctx context.Context) error { return errorOf(t.Messages.Page(ctx, page)) },
	})
	wantEqual(t, "the messages of the room", t.allMessages(r), before)
	t.wantCount(r.Owner, midday, 1)
	t.wantNotReplayed(d)
}
