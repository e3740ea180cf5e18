package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// keyedEdit returns a request to edit the prompt, with an idempotency key.
func (x exchange) keyedEdit(key, text string, at time.Time) chat.Edit {
	e := x.edit(text, at)
	e.Key = key
	return e
}

// keyedAgain returns a request to retry the reply, with an idempotency key.
func (x exchange) keyedAgain(key string, at time.Time) chat.Retry {
	r := x.again(at)
	r.Key = key
	return r
}

// wantReplay checks that a request returned the prompt and reply of the first one.
// The revision of the prompt may be a later one.
func (t *storeTest) wantReplay(got, first chat.Accepted, used int) {
	t.Helper()
	first.Prompt.Rev = got.Prompt.Rev
	first.Replayed = true
	first.Used = used
	wantEqual(t, "the replayed result", got, first)
}

// wantRetryReplay checks that a Retry returned the reply of the first one.
func (t *storeTest) wantRetryReplay(got, first chat.Retried, used int) {
	t.Helper()
	first.Reply.Rev = got.Reply.Rev
	first.Replayed = true
	first.Used = used
	wantEqual(t, "the replayed result", got, first)
}

func (t *storeTest) changeKeysReplay() {
	x, later := t.addEnded(answered, midday), midday.Add(time.Hour)
	edited := t.edit(x.keyedEdit("a 🗝", "Bats?", midday))
	t.answerAgain(x, "Moths.", midday)
	retried := t.retry(x.keyedAgain("b 🗝", midday))
	t.answerAgain(x, "Flies.", midday)
	t.wantUnchanged(x.Room, func() {
		for _, at := range []time.Time{midday, later} {
			t.wantReplay(t.edit(x.keyedEdit("a 🗝", "Bats?", at)), edited, 3)
			t.wantRetryReplay(t.retry(x.keyedAgain("b 🗝", at)), retried, 3)
		}
	})
	if edited.Replayed || retried.Replayed {
		t.Fatalf("the first results are %+v and %+v, want no replays", edited, retried)
	}
}

func (t *storeTest) changeKeysText() {
	r := t.addRoom()
	d := t.newKeyedDraft(r, "sent", midday)
	sent := t.accept(d)
	x := exchange{Room: r, prompt: d.Prompt, reply: d.Reply}
	t.answerAgain(x, "Mice.", midday)
	first, second := x.keyedEdit("first", "Bats?", midday), x.keyedEdit("second", "Bees?", midday.Add(time.Hour))
	edited := t.edit(first)
	t.answerAgain(x, "Moths.", midday)
	retried := t.retry(x.keyedAgain("third", midday))
	t.answerAgain(x, "Flies.", midday)
	last := t.edit(second)
	t.answerAgain(x, "Nectar.", midday.Add(time.Hour))
	t.retry(x.again(midday.Add(2 * time.Hour)))
	t.wantUnchanged(x.Room, func() {
		t.wantReplay(t.accept(d), sent, 5)
		t.wantReplay(t.edit(first), edited, 5)
		t.wantRetryReplay(t.retry(x.keyedAgain("third", midday)), retried, 5)
		t.wantReplay(t.edit(second), last, 5)
	})
}

func (t *storeTest) changeKeysMismatch() {
	r := t.addRoom()
	x := exchange{Room: r}
	d := t.newKeyedDraft(r, "sent", midday)
	x.prompt, x.reply = d.Prompt, d.Reply
	t.accept(d)
	t.answerAgain(x, "Mice.", midday)
	t.edit(x.keyedEdit("edited", "Bats?", midday))
	t.answerAgain(x, "Moths.", midday)
	t.retry(x.keyedAgain("retried", midday))
	other := t.addExchange(t.addRoomOf(r.Owner, midday), midday)
	t.cancel(other.stop(midday))
	text := d.Text
	d.Key, d.Text, d.RequestHash = "edited", "Bats?", chat.HashDraft("Bats?")
	t.wantUnchanged(r, func() {
		wantError(t, errorOf(t.Messages.Accept(t.ctx, d)), chat.ErrMismatch)
		d.Key = "retried"
		wantError(t, errorOf(t.Messages.Accept(t.ctx, d)), chat.ErrMismatch)
		for _, e := range []chat.Edit{
			x.keyedEdit("sent", text, midday),
			x.keyedEdit("retried", "Bats?", midday),
			x.keyedEdit("edited", "Bees?", midday),
			other.keyedEdit("edited", "Bats?", midday),
		} {
			wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, e)), chat.ErrMismatch)
		}
		for _, again := range []chat.Retry{
			x.keyedAgain("sent", midday),
			x.keyedAgain("edited", midday),
			other.keyedAgain("retried", midday),
		} {
			wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, again)), chat.ErrMismatch)
		}
	})
}

// The room has another message, so that neither Edit nor Retry is allowed, and the
// model is overloaded and the quota exhausted.
func (t *storeTest) changeKeysPrecedence() {
	x := t.addEnded(answered, midday)
	edit := x.keyedEdit("a", "Bats?", midday)
	edited := t.edit(edit)
	t.answerAgain(x, "Moths.", midday)
	again := x.keyedAgain("b", midday)
	retried := t.retry(again)
	t.addExchange(x.Room, midday)
	edit.Overloaded, again.Overloaded = true, true
	edit.Basic.Limit, again.Basic.Limit = 4, 4
	edited.Limit, retried.Limit = 4, 4
	t.wantUnchanged(x.Room, func() {
		t.wantReplay(t.edit(edit), edited, 4)
		t.wantRetryReplay(t.retry(again), retried, 4)
		edit.Key, again.Key = "b", "a"
		wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, edit)), chat.ErrMismatch)
		wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, again)), chat.ErrMismatch)
		edit.Key, again.Key = "c", "d"
		wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, edit)), chat.ErrNotEditable)
		wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, again)), reply.ErrNotRetryable)
	})
}

func (t *storeTest) changeKeysRefused() {
	x := t.addExchange(t.addRoom(), midday)
	edit, again := x.keyedEdit("a", "Bats?", midday), x.keyedAgain("b", midday)
	wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, edit)), chat.ErrNotEditable)
	wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, again)), reply.ErrNotRetryable)
	t.answerAgain(x, "Mice.", midday)
	edit.Basic.Limit, again.Basic.Limit = 1, 1
	t.wantAgainExhausted(edit, again, chat.Spent{Used: 1, Limit: 1})
	if a := t.retry(x.keyedAgain("a", midday)); a.Replayed {
		t.Fatalf("Retry with the key of refused requests returned %+v, want no replay", a)
	}
	t.answerAgain(x, "Voles.", midday)
	if a := t.edit(x.keyedEdit("b", "Bats?", midday)); a.Replayed {
		t.Fatalf("Edit with the key of a refused request returned %+v, want no replay", a)
	}
}

func (t *storeTest) changeKeysExpire() {
	x := t.addEnded(answered, midday)
	first := t.retry(x.keyedAgain("a", midday))
	t.answerAgain(x, "Voles.", midday)
	expires := midday.Add(chat.IdempotencyKeyTTL)
	t.wantRetryReplay(t.retry(x.keyedAgain("a", expires.Add(-time.Microsecond))), first, 0)
	second := t.edit(x.keyedEdit("a", "Bats?", expires))
	if second.Replayed || second.Used != 1 {
		t.Fatalf("Edit after the TTL of the key returned %+v, want the first message of a new day", second)
	}
	t.wantReplay(t.edit(x.keyedEdit("a", "Bats?", expires.Add(time.Hour))), second, 1)
	t.answerAgain(x, "Moths.", expires)
	t.retry(x.keyedAgain("b", expires))
	must(t, t.Rooms.Delete(t.ctx, x.Owner, x.ID))
	other := t.addRoomOf(x.Owner, midday)
	for _, key := range []string{"a", "b"} {
		t.wantNotReplayed(t.newKeyedDraft(other, key, expires))
	}
}
