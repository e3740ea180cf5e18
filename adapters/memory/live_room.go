package memory

import (
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// liveRoom is the live log of one room. A room has at most one running reply. So the first
// delta of a reply ends the text of the previous reply, even if that end was not announced.
type liveRoom struct {
	rev      int64
	text     chat.LiveText  // the running one, or the last one that has ended; zero if there is none
	textEnd  time.Time      // when text ended
	ended    []chat.Attempt // the last maxEnded replies that ended or were sealed, to reject late writes
	deleted  bool           // whether the room was deleted
	changed  chan struct{}  // closed and replaced on every event
	outcome  chan struct{}  // closed and replaced when a reply may have become final
	lastUsed time.Time      // the last event, or the last read by a follower
}

// endedTextTTL is how long a text is kept after its end, so that followers can read the last
// deltas.
const endedTextTTL = time.Minute

// maxEnded limits the ended replies of a room that are remembered.
const maxEnded = 8

// notify wakes the followers of the events of the room, which then call eventsAfter.
func (r *liveRoom) notify() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// notifyOutcome wakes all followers, also those of outcomes.
func (r *liveRoom) notifyOutcome() {
	r.notify()
	close(r.outcome)
	r.outcome = make(chan struct{})
}

// remember adds an attempt to ended. Only the newest ended attempt at a reply is kept,
// because it stands for the older ones.
func (r *liveRoom) remember(a chat.Attempt) {
	i := slices.IndexFunc(r.ended, func(e chat.Attempt) bool { return e.Reply == a.Reply })
	if i >= 0 {
		a.Fence = max(a.Fence, r.ended[i].Fence)
		r.ended = slices.Delete(r.ended, i, i+1)
	}
	r.ended = append(r.ended, a)
	r.ended = r.ended[max(0, len(r.ended)-maxEnded):]
}

// rejects reports whether the attempt has ended, a newer attempt has written, or the room
// was deleted.
func (r *liveRoom) rejects(a chat.Attempt) bool {
	if r.deleted {
		return true
	}
	if r.text.Reply == a.Reply && (a.Fence < r.text.Fence || a.Fence == r.text.Fence && r.text.Ended) {
		return true
	}
	return slices.ContainsFunc(r.ended, func(e chat.Attempt) bool { return e.Reply == a.Reply && a.Fence <= e.Fence })
}

// hasRunningText reports whether the room has the text of a running reply.
func (r *liveRoom) hasRunningText() bool { return r.text.Reply != "" && !r.text.Ended }

// endText marks the text as ended.
func (r *liveRoom) endText() {
	if !r.text.Ended {
		r.text.Ended = true
		r.textEnd = time.Now()
	}
}

// removeEndedText removes a text that ended at least endedTextTTL before now.
func (r *liveRoom) removeEndedText(now time.Time) {
	if r.text.Ended && now.Sub(r.textEnd) >= endedTextTTL {
		r.text = chat.LiveText{}
	}
}

// textUpTo returns the text if an attempt, or an older one at the same reply, has written
// it, and nil otherwise.
func (r *liveRoom) textUpTo(a chat.Attempt) *chat.LiveText {
	if r.text.Reply == a.Reply && r.text.Fence <= a.Fence {
		return &r.text
	}
	return nil
}

// eventsAfter returns the events after a cursor: the revision, then the deltas. They begin
// with a Reset if the follower has deltas of the same reply that are not the beginning of
// this text: deltas of another attempt, or more than the log has.
func (r *liveRoom) eventsAfter(at chat.Cursor) (events []chat.Event) {
	if r.rev > at.Rev {
		at.Rev = r.rev
		events = append(events, chat.Event{Kind: chat.Changed, At: at})
	}
	if !r.hasRunningText() {
		return events
	}
	if at.Attempt() != r.text.Attempt || at.Seq > len(r.text.Deltas) {
		outdated := at.Reply == r.text.Reply && at.Seq > 0
		at.Reply, at.Fence, at.Seq = r.text.Reply, r.text.Fence, 0
		if outdated {
			events = append(events, chat.Event{Kind: chat.Reset, At: at})
		}
	}
	for _, delta := range r.text.Deltas[at.Seq:] {
		at.Seq++
		events = append(events, chat.Event{Kind: chat.Delta, Text: delta, At: at})
	}
	return events
}
