package sim

import (
	"context"
	"slices"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// messagesOf reads a room directly from the store, without faults.
func (w *world) messagesOf(owner, roomID id.ID) ([]chat.Message, error) {
	q := chat.Query{Owner: owner, Room: roomID, Limit: 10_000}
	page, err := memory.Messages{Store: w.store}.Page(context.Background(), q)
	return page.Messages, err
}

// roomsOf reads the rooms of a user directly from the store, without faults.
func (w *world) roomsOf(owner id.ID) map[id.ID]chat.Room {
	list, err := memory.Rooms{Store: w.store}.List(context.Background(), owner, nil, 10_000)
	if err != nil {
		w.violate("the rooms of a user cannot be read: %v", err)
	}
	byID := map[id.ID]chat.Room{}
	for _, r := range list.Rooms {
		byID[r.ID] = r
	}
	return byID
}

// check checks the invariants at the end of the day.
func (w *world) check() {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	for roomID, exchanges := range t.rooms {
		messages, err := w.messagesOf(exchanges[0].user, roomID)
		switch {
		case t.deleted[roomID] && err == nil:
			w.violate("a deleted room still has %d messages", len(messages))
		case t.deleted[roomID]:
		case err != nil:
			w.violate("the room of an accepted message cannot be read: %v", err)
		case len(messages) != 2*len(exchanges):
			w.violate("a room with %d accepted messages has %d messages, want twice as many",
				len(exchanges), len(messages))
		default:
			w.checkRoom(exchanges, messages)
		}
	}
	d, err := (memory.ReplyQueue{Store: w.store}).Depth(context.Background(), w.now())
	if err != nil || d.Queued+d.Running > 0 {
		w.violate("the queue is not empty: %+v, error %v", d, err)
	}
	for k := range t.units {
		w.checkCount(k.user, k.day)
	}
}

// checkRoom: a room has its exchanges in their order.
func (w *world) checkRoom(exchanges []*exchange, messages []chat.Message) {
	for i, x := range exchanges {
		w.checkPrompt(x, messages[2*i])
		w.checkReply(x, messages[2*i+1])
	}
	w.checkSummary(exchanges[0].user, exchanges[0].room, messages)
}

func (w *world) checkPrompt(x *exchange, m chat.Message) {
	if m.ID != x.prompt || m.Content != x.text {
		w.violate("the message %q has the id %s and the text %q", x.text, m.ID, m.Content)
	}
	w.checkVersions(x, m, x.earlierTexts)
}

// checkReply: every accepted message has one final reply, with the text of its last outcome.
func (w *world) checkReply(x *exchange, m chat.Message) {
	switch {
	case m.ID != x.reply || m.InReplyTo != x.prompt:
		w.violate("the reply to %q has the id %s and belongs to %s", x.text, m.ID, m.InReplyTo)
	case x.final == nil || !m.Status.Final():
		w.violate("the reply to %q is still %s", x.text, m.Status)
	case m.Status != x.final.Status || m.Content != x.final.Content:
		w.violate("the reply to %q ended as %s with %q, it is %s with %q",
			x.text, x.final.Status, x.final.Content, m.Status, m.Content)
	case m.Status == chat.Done && !isAnswer(m.Content, x.text):
		w.violate("the answer to %q is %q", x.text, m.Content)
	case m.Status == chat.Cancelled && !x.final.endNotSeen && !isPartOfAnswer(m.Content, x.text):
		w.violate("the cancelled answer to %q is %q", x.text, m.Content)
	case m.Status == chat.Failed && (m.Error == "" || m.Content == ""):
		w.violate("a failed reply has no code or text")
	}
	w.checkVersions(x, m, x.earlierReplies)
}

// checkVersions: a message keeps its earlier texts, oldest first.
func (w *world) checkVersions(x *exchange, m chat.Message, want []string) {
	all := chat.VersionQuery{
		Owner:   x.user,
		Room:    x.room,
		Message: m.ID,
		Limit:   len(want) + 1,
	}
	page, err := memory.MessageChanges{Store: w.store}.Versions(context.Background(), all)
	if err != nil {
		w.violate("the versions of a message cannot be read: %v", err)
	}
	var got []string
	for _, v := range page.Versions {
		got = append(got, v.Content)
	}
	if !slices.Equal(got, want) || m.Versions != len(want) {
		w.violate("a message has %d versions, %q, want %q", m.Versions, got, want)
	}
}
