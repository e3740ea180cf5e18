package portstest

import (
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Of each of 10 users, one message has a free unit, one is a replay, one is over the limit, one has
// a foreign room, and one must not be accepted. A store that writes concurrent messages
// together must not give a message the result of another one.
func (t *storeTest) acceptMixed() {
	foreign := t.addRoom()
	var drafts []chat.Draft
	var firsts []chat.Accepted
	for range 10 {
		r, full := t.addRoom(), t.addRoom()
		used := t.newKeyedDraft(r, "used", midday)
		firsts = append(firsts, t.accept(used))
		for range 5 {
			t.send(full, midday)
		}
		noRoom, overloaded := t.newDraft(r, midday), t.newDraft(r, midday)
		noRoom.Room = foreign.ID
		overloaded.Overloaded = true
		drafts = append(drafts, t.newKeyedDraft(r, "new", midday), used, t.newDraft(full, midday), noRoom, overloaded)
	}
	got := make([]chat.Accepted, len(drafts))
	errs := concurrently(len(drafts), func(i int) (err error) {
		got[i], err = t.Messages.Accept(t.ctx, drafts[i])
		return err
	})
	for i, err := range errs {
		want := []error{nil, nil, quota.ErrExhausted, chat.ErrNotFound, quota.ErrOverloaded}[i%5]
		wantError(t, err, want)
	}
	for i, first := range firsts {
		accepted, replayed := got[5*i], got[5*i+1]
		wantEqual(t, "the accepted prompt", accepted.Prompt, drafts[5*i].NewPrompt(3))
		if replayed.Reply != first.Reply || !replayed.Replayed || accepted.Used != 2 {
			t.Fatalf("the replay returned %+v, and %d units were used; want the reply %s and 2 units",
				replayed, accepted.Used, first.Reply)
		}
		t.wantCount(drafts[5*i].User, midday, 2)
	}
	wantEqual(t, "the messages of the foreign room", t.allMessages(foreign), []chat.Message{})
}
