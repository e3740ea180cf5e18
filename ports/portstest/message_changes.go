package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// MessageChanges is the contract of ports.MessageChanges. The rules behind the
// requirements are in core/reply and core/chat.
func MessageChanges(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Edit replaces the text of the last prompt and queues its reply again", (*storeTest).editStores},
		{"Edit moves its room to the front of the list", (*storeTest).editMovesRoom},
		{"Edit fails with ErrNotEditable unless the prompt is the last and its reply final", (*storeTest).editRefused},
		{"Retry queues the last reply again, in any final status", (*storeTest).retryStores},
		{"Retry fails with ErrNotRetryable unless the message is the last reply and final", (*storeTest).retryRefused},
		{"the last of several exchanges can be changed while an earlier reply runs", (*storeTest).changeLastOfRoom},
		{"a reply that was asked for again is claimed like a new one, with a higher fence", (*storeTest).againClaimed},
		{"a reply that was asked for again has the rank of that time and of the plan", (*storeTest).againRank},
		{"Edit and Retry take a unit of their own day, which is refunded once", (*storeTest).againUnits},
		{"Edit and Retry fail with ErrExhausted at the limit, and change nothing", (*storeTest).againExhausted},
		{"the limit of Edit and Retry is that of Pro while the user is entitled to it", (*storeTest).againEntitlement},
		{"Edit and Retry fail with ErrBacklog if the user has MaxQueued queued replies", (*storeTest).againBacklog},
		{"of several errors that apply, the first of the documented order is returned", (*storeTest).againErrorOrder},
		{"a message exists only in its room and for its owner", (*storeTest).changesForeign},
		{"Cancel ends a queued reply, refunds its unit and returns the next reply", (*storeTest).cancelQueued},
		{"Cancel ends a reply that waits for its retry", (*storeTest).cancelWaiting},
		{"Cancel only marks a running reply, also when it is called again", (*storeTest).cancelRunning},
		{"Cancel reports whether the lease of a running reply has expired", (*storeTest).cancelExpired},
		{"Cancel refunds the unit of the day on which the user asked", (*storeTest).cancelMidnight},
		{"Cancel fails with ErrNotCancellable for a prompt and a final reply", (*storeTest).cancelRefused},
		{"Versions returns the earlier texts, the oldest first", (*storeTest).versionsInOrder},
		{"a page of Versions has at most Limit texts, and the next one continues", (*storeTest).versionsLimit},
		{"a page of Versions has at most PageBytes of text, or one text", (*storeTest).versionsBytes},
		{"a version that was added between two pages is on the second one", (*storeTest).versionsAdded},
		{"a reply that ended without a text leaves no version", (*storeTest).versionsWithoutText},
		{"every read returns when a message was revised and how many versions it has", (*storeTest).versionsRead},
		{"a key that was used returns its first result and changes nothing", (*storeTest).changeKeysReplay},
		{"a replay returns the text of its request, also after a later edit", (*storeTest).changeKeysText},
		{"a key that was used for another request fails with ErrMismatch", (*storeTest).changeKeysMismatch},
		{"a replay and a mismatch take precedence over every later check", (*storeTest).changeKeysPrecedence},
		{"a refused request does not use its key", (*storeTest).changeKeysRefused},
		{"a key can be used again after its TTL, and after its room was deleted", (*storeTest).changeKeysExpire},
		{"a client that polls with After sees every change", (*storeTest).changesPolled},
		{"of two concurrent Cancels of a queued reply one succeeds, with one refund", (*storeTest).raceCancels},
		{"concurrent Cancels of a running reply refund nothing; its end refunds once", (*storeTest).raceCancelsRunning},
		{"of a Cancel and a concurrent Finish exactly one decides how the reply ends", (*storeTest).raceCancelFinish},
		{"a Cancel and a concurrent Claim end with one refund and no answer", (*storeTest).raceCancelClaim},
		{"a Cancel and a concurrent Retry of a final reply conserve the units", (*storeTest).raceCancelRetry},
		{"of two concurrent Retries one succeeds and takes one unit", (*storeTest).raceRetries},
		{"of two concurrent Edits one succeeds and takes one unit", (*storeTest).raceEdits},
		{"of a concurrent Retry and Edit one succeeds and takes one unit", (*storeTest).raceRetryEdit},
		{"an Edit and a concurrent Accept run one after the other", (*storeTest).raceEditAccept},
		{"of 20 concurrent requests with one key one is accepted, and all return its result", (*storeTest).raceKey},
		{"of a concurrent Edit and Retry with one key one fails with ErrMismatch", (*storeTest).raceMismatch},
		{"a room that is deleted concurrently leaves nothing to claim", (*storeTest).raceDelete},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).changesCancelled},
	})
}

// stopped is the outcome of a reply that was cancelled after its followers had seen a text.
var stopped = reply.CancelledOutcome("Mice and", manyRefunds)

// exchange is a prompt with its reply, in a room.
type exchange struct {
	chat.Room
	prompt, reply id.ID
}

// addExchange sends a message to the room.
func (t *storeTest) addExchange(r chat.Room, at time.Time) exchange {
	t.Helper()
	a := t.accept(t.newDraft(r, at))
	return exchange{Room: r, prompt: a.Prompt.ID, reply: a.Reply}
}

// addEnded adds a room with an exchange whose reply ended with this outcome. No other reply
// of the store may be due.
func (t *storeTest) addEnded(o reply.Outcome, at time.Time) exchange {
	t.Helper()
	x := t.addExchange(t.addRoom(), at)
	task := t.wantClaim(at, x.reply)
	if o.Status == chat.Cancelled {
		t.cancel(x.stop(at))
	}
	t.finish(task, o, at)
	return x
}

// edit returns a request to edit the prompt.
func (x exchange) edit(text string, at time.Time) chat.Edit {
	e := chat.Edit{Ask: newAsk(x.Room, at), Prompt: x.prompt, Text: text}
	e.RequestHash = chat.HashEdit(e.Prompt, text)
	return e
}

// again returns a request to retry the reply.
func (x exchange) again(at time.Time) chat.Retry {
	r := chat.Retry{Ask: newAsk(x.Room, at), Reply: x.reply}
	r.RequestHash = chat.HashRetry(r.Reply)
	return r
}

// stop returns a request to cancel the reply.
func (x exchange) stop(at time.Time) ports.Cancel {
	return ports.Cancel{
		Owner: x.Owner,
		Room:  x.ID,
		Reply: x.reply,
		Now:   at,

		RefundLimit: manyRefunds,
	}
}

func (t *storeTest) edit(e chat.Edit) chat.Accepted {
	t.Helper()
	a, err := t.MessageChanges.Edit(t.ctx, e)
	must(t, err)
	return a
}

func (t *storeTest) retry(r chat.Retry) chat.Retried {
	t.Helper()
	a, err := t.MessageChanges.Retry(t.ctx, r)
	must(t, err)
	return a
}

func (t *storeTest) cancel(c ports.Cancel) ports.Cancelled {
	t.Helper()
	cancelled, err := t.MessageChanges.Cancel(t.ctx, c)
	must(t, err)
	return cancelled
}

// getMessage returns a message of the exchange as it is stored now.
func (t *storeTest) getMessage(x exchange, messageID id.ID) chat.Message {
	t.Helper()
	m, err := t.Messages.Get(t.ctx, x.Owner, x.ID, messageID)
	must(t, err)
	return m
}

// wantUnchanged checks that f changes neither the room nor the count of its owner.
func (t *storeTest) wantUnchanged(r chat.Room, f func()) {
	t.Helper()
	room, messages, count := t.getRoom(r), t.allMessages(r), t.countMessages(r.Owner, midday)
	f()
	wantEqual(t, "the room", t.getRoom(r), room)
	wantEqual(t, "the messages of the room", t.allMessages(r), messages)
	t.wantCount(r.Owner, midday, count)
}

func (t *storeTest) changesForeign() {
	x, foreign := t.addEnded(answered, midday), t.addEnded(answered, midday)
	sibling := t.addRoomOf(x.Owner, midday)
	for _, key := range []exchange{
		{Room: chat.Room{ID: x.ID, Owner: foreign.Owner}, prompt: x.prompt, reply: x.reply},
		{Room: foreign.Room, prompt: x.prompt, reply: x.reply},
		{Room: sibling, prompt: x.prompt, reply: x.reply},
		{Room: x.Room, prompt: newID(t), reply: newID(t)},
		{Room: chat.Room{ID: newID(t), Owner: x.Owner}, prompt: x.prompt, reply: x.reply},
	} {
		t.wantUnchanged(x.Room, func() {
			wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, key.edit("Bats?", midday))), chat.ErrNotFound)
			wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, key.again(midday))), chat.ErrNotFound)
			wantError(t, errorOf(t.MessageChanges.Cancel(t.ctx, key.stop(midday))), chat.ErrNotFound)
			versions, err := t.MessageChanges.Versions(t.ctx, key.versionsOf(key.prompt))
			wantError(t, err, chat.ErrNotFound)
			wantEqual(t, "the versions", versions, chat.VersionPage{})
		})
	}
}

func (t *storeTest) changesCancelled() {
	x, queued := t.addEnded(answered, midday), t.addExchange(t.addRoom(), midday)
	edit, again := x.edit("Bats?", midday), x.again(midday)
	edit.Key, again.Key = "a", "b"
	port := t.MessageChanges
	calls := map[string]func(context.Context) error{
		"Edit":     func(ctx context.Context) error { return errorOf(port.Edit(ctx, edit)) },
		"Retry":    func(ctx context.Context) error { return errorOf(port.Retry(ctx, again)) },
		"Cancel":   func(ctx context.Context) error { return errorOf(port.Cancel(ctx, queued.stop(midday))) },
		"Versions": func(ctx context.Context) error { return errorOf(port.Versions(ctx, x.versionsOf(x.prompt))) },
	}
	t.wantUnchanged(x.Room, func() {
		t.wantUnchanged(queued.Room, func() { wantCancelledCallsFail(t, calls) })
	})
	if a := t.edit(edit); a.Replayed {
		t.Fatalf("Edit after a cancelled call returned %+v, want no replay", a)
	}
}
