package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// endings are all the ways in which a reply can end, with the number of versions that its
// text leaves.
var endings = []struct {
	outcome  reply.Outcome
	versions int
}{
	{answered, 1},
	{failed, 1},
	{stopped, 1},
	{reply.CancelledOutcome("", manyRefunds), 0},
}

// askedAgain returns how a reply looks after Edit or Retry at that time, under this revision.
func askedAgain(ended chat.Message, versions int, at time.Time, rev int64) chat.Message {
	ended.Status = chat.Queued
	ended.Content = ""
	ended.Error = ""
	ended.Versions = versions
	ended.Revised = at
	ended.Rev = rev
	return ended
}

func (t *storeTest) editStores() {
	for _, ending := range endings {
		x, at := t.addEnded(ending.outcome, midday), midday.Add(time.Hour)
		used := t.countMessages(x.Owner, midday) + 1
		before := t.allMessages(x.Room)
		prompt, again := before[0], askedAgain(before[1], ending.versions, at, 6)
		prompt.Content = " And bats? 🦇\n"
		prompt.Revised = at
		prompt.Versions = 1
		prompt.Rev = 5
		want := chat.Accepted{Prompt: prompt, Reply: x.reply, Spent: chat.Spent{Used: used, Limit: 5}}
		wantEqual(t, "the result of Edit", t.edit(x.edit(prompt.Content, at)), want)
		wantEqual(t, "the messages of the room", t.allMessages(x.Room), []chat.Message{prompt, again})
		x.Rev, x.Updated = 6, at
		t.wantRooms(x.Owner, nil, 50, x.Room)
		t.wantCount(x.Owner, midday, used)
		must(t, t.Rooms.Delete(t.ctx, x.Owner, x.ID))
	}
}

func (t *storeTest) editMovesRoom() {
	x := t.addEnded(answered, midday)
	newer := t.addRoomOf(x.Owner, midday.Add(time.Hour))
	at := midday.Add(2 * time.Hour)
	x.Rev = 4
	t.wantRooms(x.Owner, nil, 50, newer, x.Room)
	t.edit(x.edit("Bats?", at))
	x.Rev, x.Updated = 6, at
	t.wantRooms(x.Owner, nil, 50, x.Room, newer)
}

// wantNotEditable checks that Edit refuses to change the message, and changes nothing.
func (t *storeTest) wantNotEditable(x exchange, messageID id.ID) {
	t.Helper()
	t.wantUnchanged(x.Room, func() {
		e := exchange{Room: x.Room, prompt: messageID}.edit("Bats?", midday)
		wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, e)), chat.ErrNotEditable)
	})
}

func (t *storeTest) editRefused() {
	first := t.addEnded(answered, midday)
	t.wantNotEditable(first, first.reply)
	last := t.addExchange(first.Room, midday)
	t.wantNotEditable(first, first.prompt)
	t.wantNotEditable(last, last.prompt)
	task := t.wantClaim(midday, last.reply)
	t.wantNotEditable(last, last.prompt)
	t.cancel(last.stop(midday))
	t.wantNotEditable(last, last.prompt)
	t.finish(task, stopped, midday)
	t.wantNotEditable(first, first.prompt)
	t.wantNotEditable(last, last.reply)
	t.edit(last.edit("Bats?", midday))
	t.wantNotEditable(last, last.prompt)
	wantEqual(t, "the versions of the first prompt", t.getMessage(first, first.prompt).Versions, 0)
}

// The earlier reply is not final, but nobody asks for it again.
func (t *storeTest) changeLastOfRoom() {
	first := t.addExchange(t.addRoom(), midday)
	task := t.wantClaim(midday, first.reply)
	last := t.addExchange(first.Room, midday)
	t.cancel(last.stop(midday))
	t.edit(last.edit("Bats?", midday))
	t.wantNoneDue(midday)
	t.cancel(last.stop(midday))
	t.retry(last.again(midday))
	t.wantNoneDue(midday)
	t.wantNext(task, answered, midday, last.reply)
	t.finish(t.wantClaim(midday, last.reply), answered, midday)
	wantEqual(t, "the prompt", t.getMessage(last, last.prompt).Content, "Bats?")
}
