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
	"github.com/kuvaka-tech/parley/ports"
)

// truth is what the stores were seen to do, whatever their callers heard of it.
// Its mutex is held over each such step, so that the record is in their order.
type truth struct {
	mu       *sync.Mutex
	accepted map[id.ID]accepted  // by prompt
	texts    map[string]id.ID    // the prompt with a text
	fences   map[id.ID]int64     // the newest of a reply
	running  map[id.ID]chat.Task // by reply
	finals   map[id.ID]chat.Outcome
	deleted  map[id.ID]bool // rooms
}

type accepted struct {
	user, room, reply id.ID
	day               quota.Day
	text              string
	limit             quota.Limit
}

func newTruth() truth {
	return truth{mu: &sync.Mutex{}, accepted: map[id.ID]accepted{}, texts: map[string]id.ID{}, fences: map[id.ID]int64{}, running: map[id.ID]chat.Task{}, finals: map[id.ID]chat.Outcome{}, deleted: map[id.ID]bool{}}
}

func (w *world) accept(d chat.Draft, do func() (chat.Accepted, error)) (chat.Accepted, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	a, err := do()
	if err != nil || a.Replayed {
		return a, err
	}
	if a.Limit != quota.Unlimited && a.Used > int(a.Limit) {
		w.violate("message %d of a day was accepted with a limit of %d", a.Used, a.Limit)
	}
	if _, twice := t.texts[d.Text]; twice && d.Key != "" {
		w.violate("a text sent under one key was accepted twice")
	}
	t.accepted[a.Prompt.ID] = accepted{d.User, d.Room, a.Reply, quota.DayOf(d.Now), d.Text, a.Limit}
	t.texts[d.Text] = a.Prompt.ID
	return a, nil
}

func (w *world) claim(p *process, do func() ([]chat.Task, error)) ([]chat.Task, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	tasks, err := do()
	for _, task := range tasks {
		w.note(p, fmt.Sprintf("work.Claim took %s under fence %d", task.Reply, task.Fence), "")
		if task.Fence <= t.fences[task.Reply] {
			w.violate("fence %d was given after %d", task.Fence, t.fences[task.Reply])
		}
		t.fences[task.Reply] = task.Fence
		if t.deleted[task.Room] {
			w.violate("a reply of a deleted room was claimed")
		}
		t.running[task.Reply] = task
	}
	w.checkBound()
	return tasks, err
}

// checkBound: nobody has more answers under way than the bound, leases that ran out included.
func (w *world) checkBound() {
	of := map[id.ID]int{}
	for _, task := range w.truth.running {
		of[task.User]++
	}
	for _, n := range of {
		if bound := w.config.UserConcurrency; n > bound {
			w.violate("%d answers of one user are under way, and the bound is %d", n, bound)
		}
	}
}

func (w *world) finish(reply id.ID, fence int64, o chat.Outcome, do func() (ports.Finished, error)) (ports.Finished, error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	done, err := do()
	if err != nil {
		return done, err
	}
	if newest := t.fences[reply]; fence != newest {
		w.violate("a claim with fence %d wrote %s over one with %d", fence, o.Status, newest)
	}
	if was, twice := t.finals[reply]; twice {
		w.violate("a reply that was %s became %s", was.Status, o.Status)
	}
	delete(t.running, reply)
	if o.Status.Final() {
		t.finals[reply] = o
	}
	return done, nil
}

func (w *world) deleted(room id.ID, do func() error) error {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	err := do()
	if err == nil {
		t.deleted[room] = true
		maps.DeleteFunc(t.running, func(_ id.ID, task chat.Task) bool { return task.Room == room })
	}
	return err
}

// messagesOf reads a room behind every port's back.
func (w *world) messagesOf(owner, room id.ID) ([]chat.Message, error) {
	page, err := memory.Messages{Store: w.store}.Page(context.Background(), chat.Query{Owner: owner, Room: room, Limit: 10_000})
	return page.Messages, err
}

// check looks at what the day has left.
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
			w.violate("a room with %d accepted messages holds %d", byRoom[a.room], len(messages))
		}
	}
	if d, err := (memory.Work{Store: w.store}).Depth(ctx, w.now()); err != nil || d.Queued+d.Running > 0 {
		w.violate("work is left over: %+v, %v", d, err)
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

// checkReply: every accepted message has exactly one final answer, and texts are whole.
func (w *world) checkReply(prompt id.ID, a accepted) {
	messages, err := w.messagesOf(a.user, a.room)
	if err != nil {
		w.violate("the room of an accepted message is gone: %v", err)
		return
	}
	answers := 0
	for _, m := range messages {
		if m.ID == prompt && m.Content != a.text {
			w.violate("a text changed: %q", m.Content)
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
			w.violate("the reply to %q is %s after all has settled", a.text, m.Status)
		}
	}
	if answers != 1 {
		w.violate("%q has %d replies", a.text, answers)
	}
}

// checkUnits: units taken less those of failed replies is what the day shows, never above the limit.
func (w *world) checkUnits(ctx context.Context) {
	type userDay struct {
		user id.ID
		day  quota.Day
	}
	net := map[userDay]int{}
	basic := map[userDay]bool{}
	for _, a := range w.truth.accepted {
		k := userDay{a.user, a.day}
		if _, known := basic[k]; !known {
			basic[k] = true
		}
		basic[k] = basic[k] && a.limit != quota.Unlimited
		if w.truth.finals[a.reply].Status == chat.Failed {
			net[k]-- // given back
		}
		net[k]++
	}
	for k, want := range net {
		used, err := memory.Usage{Store: w.store}.Used(ctx, k.user, k.day)
		if err != nil || used != want {
			w.violate("a day shows %d units where %d were taken and kept (%v)", used, want, err)
		}
		if limit := int(w.config.Plans.Basic.Terms.Limit); basic[k] && used > limit {
			w.violate("a Basic user's day shows %d units of %d", used, limit)
		}
	}
}
