package portstest

import (
	"crypto/rand"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// newDraftAt returns a message whose ids have its time, as those of the use case.
func (t *storeTest) newDraftAt(r chat.Room, at time.Time, key string) chat.Draft {
	t.Helper()
	d := t.newKeyedDraft(r, key, at)
	for _, messageID := range []*id.ID{&d.Prompt, &d.Reply} {
		made, err := id.New(at, rand.Reader)
		must(t, err)
		*messageID = made
	}
	return d
}

// addExchangeAt sends a message that is answered immediately.
func (t *storeTest) addExchangeAt(r chat.Room, at time.Time, key string) exchange {
	t.Helper()
	sent := t.accept(t.newDraftAt(r, at, key))
	t.answerReply(sent.Reply, at)
	return exchange{Room: r, prompt: sent.Prompt.ID, reply: sent.Reply}
}

// removeOld calls RemoveOld until nothing is left.
func (t *storeTest) removeOld(until time.Time) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = t.Retention.RemoveOld(t.ctx, until)
		must(t, err)
	}
}

// wantMessages checks which messages a room has.
func (t *storeTest) wantMessages(r chat.Room, want ...exchange) {
	t.Helper()
	var got, ids []id.ID
	for _, m := range t.allMessages(r) {
		got = append(got, m.ID)
	}
	for _, x := range want {
		ids = append(ids, x.prompt, x.reply)
	}
	wantEqual(t, "the messages of the room", got, ids)
}

func (t *storeTest) removeOldExchanges() {
	r, other := t.addRoom(), t.addRoom()
	hour := midday.Add(time.Hour)
	edited := t.addExchangeAt(r, midday, "a")
	t.edit(edited.keyedEdit("e", "Voles?", hour))
	t.answerReply(edited.reply, hour)
	foreign := t.addExchangeAt(other, midday, "a")
	t.addExchangeAt(other, midday, "b")
	late := t.addExchangeAt(other, hour, "c")
	t.removeOld(midday.Add(-time.Microsecond))
	t.wantMessages(r, edited)
	t.removeOld(midday)
	t.wantMessages(r, edited)
	t.wantMessages(other, late)
	t.wantNotReplayed(t.newDraftAt(other, hour, "a"))
	t.wantReplayed(t.newKeyedDraft(other, "c", hour), late.reply)
	wantError(t, errorOf(t.Messages.Get(t.ctx, other.Owner, other.ID, foreign.reply)), chat.ErrNotFound)
	t.removeOld(hour)
	t.wantMessages(r)
	t.wantCount(r.Owner, midday, 2)
}

func (t *storeTest) removeOldFinal() {
	r := t.addRoom()
	running := t.accept(t.newDraftAt(r, midday, "a"))
	task := t.wantClaim(midday, running.Reply)
	queued := t.accept(t.newDraftAt(r, midday, "b"))
	t.removeOld(midday.Add(time.Hour))
	wantEqual(t, "the number of messages", len(t.allMessages(r)), 4)
	t.finish(task, answered, midday)
	t.removeOld(midday.Add(time.Hour))
	t.wantMessages(r, exchange{prompt: queued.Prompt.ID, reply: queued.Reply})
	t.answerReply(queued.Reply, midday)
}

func (t *storeTest) removeOldSummary() {
	r := t.addRoom()
	hour := midday.Add(time.Hour)
	t.addExchangeAt(r, midday, "a")
	t.addExchangeAt(r, hour, "b")
	last := t.addExchangeAt(r, hour, "c")
	must(t, t.setSummary(r, 0, 4))
	t.removeOld(midday.Add(-time.Microsecond))
	wantEqual(t, "the summary", t.history(r, chat.HistoryQuery{Limit: 1}).Summary, newSummary(4))
	t.removeOld(midday)
	wantEqual(t, "the summary", t.history(r, chat.HistoryQuery{Limit: 1}).Summary, chat.Summary{})
	must(t, t.setSummary(r, 0, 4))
	t.removeOld(midday)
	wantEqual(t, "the summary", t.history(r, chat.HistoryQuery{Limit: 1}).Summary, newSummary(4))
	wantEqual(t, "the last message", t.allMessages(r)[3].ID, last.reply)
}

func (t *storeTest) removeOldRoomStays() {
	r := t.addRoom()
	t.addExchangeAt(r, midday, "a")
	t.removeOld(midday)
	t.wantMessages(r)
	next := t.addExchangeAt(r, midday.Add(time.Hour), "b")
	t.wantMessages(r, next)
}
