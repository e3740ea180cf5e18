package sim

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// truth records what the stores did, even if their callers got an error. Its mutex is held
// during each store operation, so that the records have the order of the operations.
type truth struct {
	mu       *sync.Mutex
	accepted map[id.ID]accepted   // by prompt
	texts    map[string]id.ID     // the prompt of each text
	fences   map[id.ID]int64      // the newest fence of each reply
	running  map[id.ID]reply.Task // by reply
	finals   map[id.ID]reply.Outcome
	deleted  map[id.ID]bool // rooms
}

type accepted struct {
	user, room, replyID id.ID
	day                 quota.Day
	text                string
	limit               quota.Limit
}

func newTruth() truth {
	return truth{
		mu:       &sync.Mutex{},
		accepted: map[id.ID]accepted{},
		texts:    map[string]id.ID{},
		fences:   map[id.ID]int64{},
		running:  map[id.ID]reply.Task{},
		finals:   map[id.ID]reply.Outcome{},
		deleted:  map[id.ID]bool{},
	}
}

// accept records an accepted message. No day exceeds its limit, and no key is accepted twice.
func (w *world) accept(d chat.Draft, do func() (chat.Accepted, error)) (chat.Accepted, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	a, err := do()
	if err != nil || a.Replayed {
		return a, err
	}
	if a.Limit != quota.Unlimited && a.Used > int(a.Limit) {
		w.violate("message %d of the day was accepted with a limit of %d", a.Used, a.Limit)
	}
	if _, twice := t.texts[d.Text]; twice && d.Key != "" {
		w.violate("a text sent under one key was accepted twice")
	}
	t.accepted[a.Prompt.ID] = accepted{
		user:    d.User,
		room:    d.Room,
		replyID: a.Reply,
		day:     quota.DayOf(d.Now),
		text:    d.Text,
		limit:   a.Limit,
	}
	t.texts[d.Text] = a.Prompt.ID
	return a, nil
}

// claim records claims. Fences grow, and no reply of a deleted room is claimed.
func (w *world) claim(p *process, do func() ([]reply.Task, error)) ([]reply.Task, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	tasks, err := do()
	for _, task := range tasks {
		w.record(p, fmt.Sprintf("replyQueue.Claim claimed %s under fence %d", task.Reply, task.Fence), "")
		if task.Fence <= t.fences[task.Reply] {
			w.violate("fence %d was issued after %d", task.Fence, t.fences[task.Reply])
		}
		t.fences[task.Reply] = task.Fence
		if t.deleted[task.Room] {
			w.violate("a reply of a deleted room was claimed")
		}
		t.running[task.Reply] = task
	}
	w.checkUserLimit()
	return tasks, err
}

// checkUserLimit: no user has more running replies than the limit, including expired leases.
func (w *world) checkUserLimit() {
	running := map[id.ID]int{}
	for _, task := range w.truth.running {
		running[task.User]++
	}
	for _, n := range running {
		if limit := w.config.UserConcurrency; n > limit {
			w.violate("%d replies of one user are running, the limit is %d", n, limit)
		}
	}
}

// finish records an outcome. Only the newest fence may write, and a final reply does not change.
func (w *world) finish(
	replyID id.ID, fence int64, o reply.Outcome, do func() (ports.Finished, error),
) (ports.Finished, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	finished, err := do()
	if err != nil {
		return finished, err
	}
	if newest := t.fences[replyID]; fence != newest {
		w.violate("a claim with fence %d wrote %s although fence %d is newer", fence, o.Status, newest)
	}
	if was, twice := t.finals[replyID]; twice {
		w.violate("a reply that was %s became %s", was.Status, o.Status)
	}
	delete(t.running, replyID)
	if o.Status.Final() {
		t.finals[replyID] = o
	}
	return finished, nil
}

// deleted records the deletion of a room.
func (w *world) deleted(roomID id.ID, do func() error) error {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	err := do()
	if err == nil {
		t.deleted[roomID] = true
		maps.DeleteFunc(t.running, func(_ id.ID, task reply.Task) bool { return task.Room == roomID })
	}
	return err
}

// messagesOf reads a room directly from the store, without faults.
func (w *world) messagesOf(owner, roomID id.ID) ([]chat.Message, error) {
	q := chat.Query{Owner: owner, Room: roomID, Limit: 10_000}
	page, err := memory.Messages{Store: w.store}.Page(context.Background(), q)
	return page.Messages, err
}

// check checks the invariants at the end of the day.
func (w *world) check() {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	ctx := context.Background()
	byRoom := map[id.ID]int{}
	for prompt, a := range t.accepted {
		byRoom[a.room]++
		if !t.deleted[a.room] {
			w.checkReply(prompt, a)
		}
	}
	for _, a := range t.accepted {
		messages, err := w.messagesOf(a.user, a.room)
		switch {
		case t.deleted[a.room] && err == nil:
			w.violate("a deleted room still has %d messages", len(messages))
		case !t.deleted[a.room] && len(messages) != 2*byRoom[a.room]:
			w.violate("a room with %d accepted messages has %d messages, want twice as many",
				byRoom[a.room], len(messages))
		}
	}
	if d, err := (memory.ReplyQueue{Store: w.store}).Depth(ctx, w.now()); err != nil || d.Queued+d.Running > 0 {
		w.violate("the queue is not empty: %+v, error %v", d, err)
	}
	w.checkUnits(ctx)
	w.tally.accepted = len(t.accepted)
	for _, o := range t.finals {
		if o.Status == chat.Done {
			w.tally.answered++
		} else {
			w.tally.failed++
		}
	}
}

// checkReply: every accepted message has exactly one final reply, and the texts are complete.
func (w *world) checkReply(prompt id.ID, a accepted) {
	messages, err := w.messagesOf(a.user, a.room)
	if err != nil {
		w.violate("the room of an accepted message cannot be read: %v", err)
		return
	}
	answers := 0
	for _, m := range messages {
		if m.ID == prompt && m.Content != a.text {
			w.violate("the text of a message changed to %q", m.Content)
		}
		if m.InReplyTo != prompt {
			continue
		}
		answers++
		switch {
		case m.Status == chat.Done && m.Content != answerTo(a.text):
			w.violate("the answer to %q is %q", a.text, m.Content)
		case m.Status == chat.Failed && (m.Error == "" || m.Content == ""):
			w.violate("a failed reply has no code or text")
		case m.Status != chat.Done && m.Status != chat.Failed:
			w.violate("the reply to %q is still %s", a.text, m.Status)
		}
	}
	if answers != 1 {
		w.violate("%q has %d replies", a.text, answers)
	}
}

// checkUnits: the count of each day is the number of accepted messages minus the failed
// replies, and never above the limit.
func (w *world) checkUnits(ctx context.Context) {
	type userDay struct {
		user id.ID
		day  quota.Day
	}
	net := map[userDay]int{}
	basic := map[userDay]bool{}
	for _, a := range w.truth.accepted {
		k := userDay{user: a.user, day: a.day}
		if _, known := basic[k]; !known {
			basic[k] = true
		}
		basic[k] = basic[k] && a.limit != quota.Unlimited
		if w.truth.finals[a.replyID].Status == chat.Failed {
			net[k]-- // refunded
		}
		net[k]++
	}
	for k, want := range net {
		used, err := memory.MessageCounts{Store: w.store}.Count(ctx, k.user, k.day)
		if err != nil || used != want {
			w.violate("the count of a day is %d, want %d (error %v)", used, want, err)
		}
		if limit := int(w.config.Plans.Basic.Terms.Limit); basic[k] && used > limit {
			w.violate("the count of a Basic user's day is %d, the limit is %d", used, limit)
		}
	}
}
