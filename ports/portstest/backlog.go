package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// newBoundedDraft returns a new message of a user who may have n queued replies.
func (t *storeTest) newBoundedDraft(r chat.Room, n int) chat.Draft {
	t.Helper()
	d := t.newDraft(r, midday)
	d.MaxQueued = n
	return d
}

// wantBacklog checks that Accept refuses the draft because of the user's queued replies.
func (t *storeTest) wantBacklog(d chat.Draft, used int) {
	t.Helper()
	a, err := t.Messages.Accept(t.ctx, d)
	wantError(t, err, reply.ErrBacklog)
	wantEqual(t, "the quota returned by Accept", a.Spent, chat.Spent{Used: used, Limit: d.Basic.Limit})
}

func (t *storeTest) acceptBacklog() {
	r := t.addRoom()
	other := t.addRoomOf(r.Owner, midday)
	t.accept(t.newBoundedDraft(r, 2))
	t.accept(t.newBoundedDraft(other, 2))
	refused := t.newBoundedDraft(t.addRoomOf(r.Owner, midday), 2)
	refused.Key = "a"
	t.wantUnchanged(r, func() {
		t.wantBacklog(t.newBoundedDraft(r, 2), 2)
		t.wantBacklog(refused, 2)
	})
	t.accept(t.newBoundedDraft(t.addRoom(), 2)) // of another user
	t.accept(t.newBoundedDraft(r, 3))
	t.accept(t.newBoundedDraft(r, 0))
	again := t.newBoundedDraft(other, 5)
	again.Key = refused.Key
	t.wantNotReplayed(again)
}

// Only queued replies count, also those that wait for a retry.
func (t *storeTest) acceptBacklogStatus() {
	r := t.addRoom()
	first := t.accept(t.newBoundedDraft(r, 1))
	second := t.newBoundedDraft(r, 1)
	t.wantBacklog(second, 1)
	task := t.wantClaim(midday, first.Reply)
	t.accept(second)
	t.cancel(exchange{Room: r, reply: second.Reply}.stop(midday))
	t.finish(task, retryAt(midday.Add(time.Minute)), midday)
	third := t.newBoundedDraft(r, 1)
	t.wantBacklog(third, 1)
	t.finish(t.wantClaim(midday.Add(time.Minute), first.Reply), answered, midday)
	t.accept(third)
}

// Each step removes the reason of the error before it.
func (t *storeTest) acceptErrorOrder() {
	r := t.addRoom()
	first := t.newKeyedDraft(r, "a", midday)
	first.MaxQueued = 1
	accepted := t.accept(first)
	d := t.newKeyedDraft(r, "b", midday)
	d.MaxQueued, d.Overloaded, d.Basic.Limit = 1, true, 1
	first.Overloaded = true
	t.wantReplayed(first, accepted.Reply)
	foreign, mismatch := d, d
	foreign.Room = newID(t)
	wantError(t, errorOf(t.Messages.Accept(t.ctx, foreign)), chat.ErrNotFound)
	mismatch.Key, mismatch.RequestHash = "a", chat.HashDraft("other")
	wantError(t, errorOf(t.Messages.Accept(t.ctx, mismatch)), chat.ErrMismatch)
	t.wantBacklog(d, 1)
	d.MaxQueued = 2
	wantError(t, errorOf(t.Messages.Accept(t.ctx, d)), quota.ErrOverloaded)
	d.Overloaded = false
	t.wantExhausted(d, 1)
	d.Basic.Limit = 2
	t.wantNotReplayed(d)
}

// Each user has a limit of 3 queued replies, and room for 5 messages of the day.
func (t *storeTest) acceptBacklogRace() {
	r := t.addRoom()
	drafts := make([]chat.Draft, 40)
	for i := range drafts {
		drafts[i] = t.newBoundedDraft(r, 3)
	}
	errs := concurrently(len(drafts), func(i int) error { return errorOf(t.Messages.Accept(t.ctx, drafts[i])) })
	wantErrorCounts(t, errs, map[error]int{nil: 3, reply.ErrBacklog: 37})
	wantEqual(t, "the number of messages of the room", len(t.allMessages(r)), 6)
	t.wantCount(r.Owner, midday, 3)
}

// wantAgainBacklog checks that Edit and Retry are refused because of the user's queued
// replies, and change nothing.
func (t *storeTest) wantAgainBacklog(x exchange, edit chat.Edit, again chat.Retry, want chat.Spent) {
	t.Helper()
	t.wantUnchanged(x.Room, func() {
		edited, err := t.MessageChanges.Edit(t.ctx, edit)
		wantError(t, err, reply.ErrBacklog)
		wantEqual(t, "the quota returned by Edit", edited.Spent, want)
		retried, err := t.MessageChanges.Retry(t.ctx, again)
		wantError(t, err, reply.ErrBacklog)
		wantEqual(t, "the quota returned by Retry", retried.Spent, want)
	})
}

// A reply of another room is queued. Each step removes the reason of the error before it.
func (t *storeTest) againBacklog() {
	x := t.addEnded(answered, midday)
	other := t.addExchange(t.addRoomOf(x.Owner, midday), midday)
	edit, again := x.keyedEdit("a", "Bats?", midday), x.keyedAgain("b", midday)
	edit.MaxQueued, again.MaxQueued = 1, 1
	edit.Overloaded, again.Overloaded = true, true
	edit.Basic.Limit, again.Basic.Limit = 2, 2
	queuedEdit, queuedRetry := other.edit("Bees?", midday), other.again(midday)
	queuedEdit.MaxQueued, queuedRetry.MaxQueued = 1, 1
	wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, queuedEdit)), chat.ErrNotEditable)
	wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, queuedRetry)), reply.ErrNotRetryable)
	t.wantAgainBacklog(x, edit, again, chat.Spent{Used: 2, Limit: 2})
	edit.MaxQueued, again.MaxQueued = 2, 2
	wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, edit)), quota.ErrOverloaded)
	wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, again)), quota.ErrOverloaded)
	edit.Overloaded, again.Overloaded = false, false
	edit.Basic.Limit, again.Basic.Limit = 5, 5
	edit.Key = "b" // the refused requests have not used the keys
	if a := t.edit(edit); a.Replayed || a.Used != 3 {
		t.Fatalf("Edit within the limit returned %+v, want the third message of the day", a)
	}
	edit.MaxQueued = 1
	if a := t.edit(edit); !a.Replayed {
		t.Fatalf("Edit with the key of an accepted request returned %+v, want a replay", a)
	}
}
