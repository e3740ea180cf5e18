package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// The reply is asked for on three days. The unit of a day comes back only if the reply that
// took it fails.
func (t *storeTest) againUnits() {
	x := t.addEnded(failed, midday)
	second, third := midday.AddDate(0, 0, 1), midday.AddDate(0, 0, 2)
	t.wantCount(x.Owner, midday, 0)
	if a := t.edit(x.edit("Bats?", second)); a.Used != 1 {
		t.Fatalf("the edit has number %d of the day, want 1", a.Used)
	}
	t.wantCount(x.Owner, second, 1)
	t.finish(t.wantClaim(second, x.reply), answered, second)
	if a := t.retry(x.again(third)); a.Used != 1 {
		t.Fatalf("the retry has number %d of the day, want 1", a.Used)
	}
	t.wantCount(x.Owner, third, 1)
	t.finish(t.wantClaim(third, x.reply), failed, third)
	for day, want := range map[time.Time]int{midday: 0, second: 1, third: 0} {
		t.wantCount(x.Owner, day, want)
	}
}

// wantAgainExhausted checks that the quota refuses Edit and Retry, and that nothing changes.
func (t *storeTest) wantAgainExhausted(edit chat.Edit, again chat.Retry, want chat.Spent) {
	t.Helper()
	edited, err := t.MessageChanges.Edit(t.ctx, edit)
	wantError(t, err, quota.ErrExhausted)
	wantEqual(t, "the quota returned by Edit", edited.Spent, want)
	retried, err := t.MessageChanges.Retry(t.ctx, again)
	wantError(t, err, quota.ErrExhausted)
	wantEqual(t, "the quota returned by Retry", retried.Spent, want)
}

func (t *storeTest) againExhausted() {
	x := t.addEnded(answered, midday)
	other := t.addRoomOf(x.Owner, midday)
	for range 4 {
		t.send(other, midday)
	}
	t.wantUnchanged(x.Room, func() {
		t.wantAgainExhausted(x.edit("Bats?", midday), x.again(midday), chat.Spent{Used: 5, Limit: 5})
	})
	t.finish(t.claimOne(midday), failed, midday)
	if a := t.retry(x.again(midday)); a.Used != 5 {
		t.Fatalf("a retry after a refund has number %d of the day, want 5", a.Used)
	}
	t.wantExhausted(t.newDraft(other, midday), 5)
}

func (t *storeTest) againEntitlement() {
	x, ends := t.addEnded(answered, midday), midday.Add(time.Hour)
	t.setProUntil(x.Owner, ends)
	last := ends.Add(-time.Microsecond)
	for range 3 {
		t.edit(x.edit("Bats?", last))
		t.finish(t.wantClaim(last, x.reply), answered, last)
		t.retry(x.again(last))
		t.finish(t.wantClaim(last, x.reply), answered, last)
	}
	edited := t.edit(x.edit("Bats?", last))
	wantEqual(t, "the quota", edited.Spent, chat.Spent{Used: 8, Limit: quota.Unlimited})
	t.finish(t.wantClaim(last, x.reply), answered, last)
	t.wantAgainExhausted(x.edit("Bats?", ends), x.again(ends), chat.Spent{Used: 8, Limit: 5})
}

// Each step removes the reason of the error before it.
func (t *storeTest) againErrorOrder() {
	x := t.addEnded(answered, midday)
	last := t.addExchange(x.Room, midday)
	edit, again := x.edit("Bats?", midday), x.again(midday)
	edit.Overloaded, again.Overloaded = true, true
	edit.Basic.Limit, again.Basic.Limit = 2, 2
	edit.Room, again.Room = newID(t), newID(t)
	wantErrors := func(wantEdit, wantRetry error) {
		t.Helper()
		wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, edit)), wantEdit)
		wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, again)), wantRetry)
	}
	wantErrors(chat.ErrNotFound, chat.ErrNotFound)
	edit.Room, again.Room = x.ID, x.ID
	wantErrors(chat.ErrNotEditable, reply.ErrNotRetryable)
	t.finish(t.wantClaim(midday, last.reply), answered, midday)
	edit.Prompt, again.Reply = last.prompt, last.reply
	wantErrors(quota.ErrOverloaded, quota.ErrOverloaded)
	edit.Overloaded, again.Overloaded = false, false
	wantErrors(quota.ErrExhausted, quota.ErrExhausted)
	t.wantCount(x.Owner, midday, 2)
}
