package sim

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// accept records an accepted message.
func (w *world) accept(d chat.Draft, do func() (chat.Accepted, error)) (chat.Accepted, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	a, err := do()
	if err == nil && !a.Replayed {
		x := &exchange{
			user:   d.User,
			room:   d.Room,
			prompt: a.Prompt.ID,
			reply:  a.Reply,
			text:   d.Text,
		}
		t.prompts[x.prompt] = x
		t.replies[x.reply] = x
		t.texts[x.text] = x
		t.rooms[x.room] = append(t.rooms[x.room], x)
		w.tookUnit(x, d.Ask, a.Spent)
		w.count("messages")
	}
	w.checkCount(d.User, quota.DayOf(d.Now))
	return a, err
}

// tookUnit records the unit of an accepted request. No day exceeds its limit, and no key is
// accepted twice.
func (w *world) tookUnit(x *exchange, a chat.Ask, s chat.Spent) {
	t := &w.truth
	if s.Limit != quota.Unlimited && s.Used > int(s.Limit) {
		w.violate("message %d of the day was accepted with a limit of %d", s.Used, s.Limit)
	}
	key := string(a.User) + "|" + a.Key
	if room, twice := t.keys[key]; twice && a.Key != "" && !t.deleted[room] {
		w.violate("two requests under one key were accepted")
	}
	t.keys[key] = a.Room
	x.day = quota.DayOf(a.Now)
	x.holdsUnit = true
	t.units[userDay{x.user, x.day}]++
	if want := t.units[userDay{x.user, x.day}]; s.Used != want {
		w.violate("a request was told that it is number %d of the day, it is number %d", s.Used, want)
	}
}

// edit records an accepted edit.
func (w *world) edit(e chat.Edit, do func() (chat.Accepted, error)) (chat.Accepted, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	a, err := do()
	if x := t.prompts[e.Prompt]; err == nil && !a.Replayed {
		w.checkLast(x, "edited")
		x.earlierTexts = append(x.earlierTexts, x.text)
		x.text = e.Text
		t.texts[x.text] = x
		w.restarted(x)
		w.tookUnit(x, e.Ask, a.Spent)
		w.count("edits")
	}
	w.checkCount(e.User, quota.DayOf(e.Now))
	return a, err
}

// retry records an accepted retry.
func (w *world) retry(r chat.Retry, do func() (chat.Retried, error)) (chat.Retried, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	retried, err := do()
	if x := t.replies[r.Reply]; err == nil && !retried.Replayed {
		w.checkLast(x, "retried")
		w.restarted(x)
		if n := len(x.earlierReplies); retried.Reply.Versions != n {
			w.violate("a retried reply has %d versions, want %d", retried.Reply.Versions, n)
		}
		w.tookUnit(x, r.Ask, retried.Spent)
		w.count("retries")
	}
	w.checkCount(r.User, quota.DayOf(r.Now))
	return retried, err
}

// checkLast: only the last exchange of a room can be repeated, after its reply has ended.
func (w *world) checkLast(x *exchange, what string) {
	room := w.truth.rooms[x.room]
	if room[len(room)-1] != x {
		w.violate("a message that is not the last was %s", what)
	}
	if x.final == nil {
		w.violate("a message was %s before its reply was final", what)
	}
}

// restarted records that a reply is queued again. Its text stays as a version.
func (w *world) restarted(x *exchange) {
	if x.final != nil && x.final.Content != "" {
		x.earlierReplies = append(x.earlierReplies, x.final.Content)
	}
	x.final = nil
}

// cancel records an accepted cancel.
func (w *world) cancel(c ports.Cancel, do func() (ports.Cancelled, error)) (ports.Cancelled, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	cancelled, err := do()
	x := t.replies[c.Reply]
	if err != nil {
		w.checkCountOf(x)
		return cancelled, err
	}
	if x.final != nil {
		w.violate("the cancel of a reply that is %s was accepted", x.final.Status)
	}
	if cancelled.Reply.Status.Final() {
		w.ended(x, cancelled.Fence, reply.Outcome{Status: chat.Cancelled})
	} else if x.cancelled.IsZero() {
		x.cancelled = time.Now()
	}
	w.checkCountOf(x)
	return cancelled, nil
}

// checkCountOf is checkCount for the day of an exchange, which may be nil.
func (w *world) checkCountOf(x *exchange) {
	if x != nil {
		w.checkCount(x.user, x.day)
	}
}

// textUpTo returns the text of an attempt up to its delta with this number. The delta after
// the last one of the live log may be the rest of the final content.
func (w *world) textUpTo(a chat.Attempt, seq int) string {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	deltas := t.deltas[a]
	if seq < len(deltas) {
		return chat.LiveText{Deltas: deltas[:seq+1]}.Text()
	}
	if x := t.replies[a.Reply]; seq == len(deltas) && x != nil && len(x.finals) > 0 {
		return x.finals[len(x.finals)-1].Content
	}
	return ""
}

// exchangeOf returns a copy of the exchange with this prompt or reply.
func (w *world) exchangeOf(messageID id.ID) (exchange, bool) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.replies[messageID]
	if x == nil {
		x = t.prompts[messageID]
	}
	if x == nil {
		return exchange{}, false
	}
	return *x, true
}
