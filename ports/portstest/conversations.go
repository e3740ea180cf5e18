package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Conversations is the contract of ports.Conversations.
func Conversations(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"History returns the settings of the room and its messages, oldest first", (*storeTest).historyOfRoom},
		{"History returns the newest or the oldest messages up to the limit", (*storeTest).historyLimits},
		{"History returns no messages after the one that reaches MaxBytes", (*storeTest).historyBytes},
		{"History leaves out the messages that the summary covers", (*storeTest).historyAfterSummary},
		{"SetSummary replaces only the summary that its caller has read", (*storeTest).summaryCompares},
		{"SetSummary refuses a summary of the last prompt of the room", (*storeTest).summaryOfLast},
		{"of 20 concurrent SetSummary of one room one succeeds", (*storeTest).summaryRace},
		{"no change of messages changes the summary or what it covers", (*storeTest).summaryStays},
		{"SetSummary changes nothing that followers of the room see", (*storeTest).summaryUnseen},
		{"SetTitle names a room without a name and changes nothing else", (*storeTest).titleSet},
		{"SetTitle fails with ErrNotFound if the room has a name", (*storeTest).titleRefused},
		{"of a concurrent SetTitle and Update the name of Update remains", (*storeTest).titleRace},
		{"a title is a change for the followers of all rooms", (*storeTest).titleInFeed},
		{"a room exists only for its owner, and not after its deletion", (*storeTest).conversationForeign},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).conversationCancelled},
	})
}

// history returns the history of a room, with the settings of q.
func (t *storeTest) history(r chat.Room, q chat.HistoryQuery) chat.History {
	t.Helper()
	q.Owner, q.Room = r.Owner, r.ID
	h, err := t.Conversations.History(t.ctx, q)
	must(t, err)
	return h
}

// wantHistory checks the summary of a room and which of its messages History returns for q.
func (t *storeTest) wantHistory(r chat.Room, q chat.HistoryQuery, s chat.Summary, from, to int) {
	t.Helper()
	want := chat.History{Name: r.Name, SystemPrompt: r.SystemPrompt, Summary: s}
	for _, m := range t.allMessages(r)[from:to] {
		want.Messages = append(want.Messages, chat.Message{
			FromUser: m.FromUser,
			Content:  m.Content,
			Status:   m.Status,
			Born:     m.Born,
		})
	}
	wantEqual(t, "the history", t.history(r, q), want)
}

// addAnsweredPrompts stores a room with n answered prompts. Its messages are under the
// revisions 1 to 2n.
func (t *storeTest) addAnsweredPrompts(n int) chat.Room {
	t.Helper()
	r := t.addRoomWithPrompts(n)
	for i := range n {
		now := midday.Add(time.Duration(n+i) * time.Second)
		t.finish(t.claimOne(now), answered, now)
	}
	return r
}

func (t *storeTest) historyOfRoom() {
	r := t.addRoom()
	t.wantHistory(r, chat.HistoryQuery{Limit: 50}, chat.Summary{}, 0, 0)
	t.wantHistory(r, chat.HistoryQuery{Limit: 50, Oldest: true}, chat.Summary{}, 0, 0)
	t.send(r, midday)
	t.finish(t.claimOne(midday), failed, midday)
	t.send(r, midday)
	t.finish(t.claimOne(midday), answered, midday)
	t.send(r, midday)
	t.claimOne(midday)
	t.wantHistory(r, chat.HistoryQuery{Limit: 50}, chat.Summary{}, 0, 6)
	update := chat.RoomUpdate{Name: new("Bats"), SystemPrompt: new("Answer as a bat. 🦇")}
	r, err := t.Rooms.Update(t.ctx, r.Owner, r.ID, update)
	must(t, err)
	t.wantHistory(r, chat.HistoryQuery{Limit: 50, Oldest: true}, chat.Summary{}, 0, 6)
}

func (t *storeTest) historyLimits() {
	r := t.addRoomWithPrompts(4)
	var unset chat.Summary
	for limit := 1; limit <= 9; limit++ {
		t.wantHistory(r, chat.HistoryQuery{Limit: limit}, unset, max(0, 8-limit), 8)
		t.wantHistory(r, chat.HistoryQuery{Limit: limit, Before: 7}, unset, max(0, 6-limit), 6)
		t.wantHistory(r, chat.HistoryQuery{Limit: limit, Oldest: true}, unset, 0, min(limit, 8))
		t.wantHistory(r, chat.HistoryQuery{Limit: limit, Oldest: true, Before: 7}, unset, 0, min(limit, 6))
	}
	t.wantHistory(r, chat.HistoryQuery{Limit: 50, Before: 1}, unset, 0, 0)
}

// wantNoConversation checks that no method finds the room for this user.
func (t *storeTest) wantNoConversation(owner, roomID id.ID) {
	t.Helper()
	q := chat.HistoryQuery{Owner: owner, Room: roomID, Limit: 50}
	wantError(t, errorOf(t.Conversations.History(t.ctx, q)), chat.ErrNotFound)
	q.Oldest = true
	wantError(t, errorOf(t.Conversations.History(t.ctx, q)), chat.ErrNotFound)
	r := chat.Room{ID: roomID, Owner: owner}
	wantError(t, t.setSummary(r, 0, 2), chat.ErrNotFound)
	wantError(t, t.setTitle(r, "Title"), chat.ErrNotFound)
}

func (t *storeTest) conversationForeign() {
	r, stranger := t.addAnsweredPrompts(2), t.addRoom().Owner
	for owner, roomID := range map[id.ID]id.ID{stranger: r.ID, r.Owner: newID(t), newID(t): r.ID} {
		t.wantNoConversation(owner, roomID)
	}
	t.wantHistory(r, chat.HistoryQuery{Limit: 50}, chat.Summary{}, 0, 4)
	must(t, t.setSummary(r, 0, 2))
	must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	t.wantNoConversation(r.Owner, r.ID)
}

func (t *storeTest) conversationCancelled() {
	r, nameless := t.addAnsweredPrompts(2), t.addNameless()
	q := chat.HistoryQuery{Owner: r.Owner, Room: r.ID, Limit: 50}
	change := ports.SummaryChange{
		Owner: r.Owner,
		Room:  r.ID,
		New:   newSummary(2),
	}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"History":    func(ctx context.Context) error { return errorOf(t.Conversations.History(ctx, q)) },
		"SetSummary": func(ctx context.Context) error { return t.Conversations.SetSummary(ctx, change) },
		"SetTitle": func(ctx context.Context) error {
			return errorOf(t.Conversations.SetTitle(ctx, nameless.Owner, nameless.ID, "Never"))
		},
	})
	t.wantHistory(r, q, chat.Summary{}, 0, 4)
	wantEqual(t, "the name of the room", t.getRoom(nameless).Name, "")
}
