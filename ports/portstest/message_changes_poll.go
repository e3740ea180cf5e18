package portstest

import (
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

func (t *storeTest) changesPolled() {
	rapid.Check(t.TB, func(rt *rapid.T) {
		t := &storeTest{TB: rt, Stores: t.Stores, ctx: t.ctx}
		r, now := t.addRoom(), midday
		defer func() { must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID)) }()
		p := &poller{seen: map[id.ID]chat.Message{}}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			now = now.Add(time.Second)
			if rapid.Bool().Draw(rt, "change") {
				t.randomChange(rt, r, now)
			} else {
				t.randomStep(rt, r, now, p)
			}
		}
		for p.poll(t, r, rapid.IntRange(1, 5).Draw(rt, "limit")) {
		}
		wantEqual(t, "the copy of the room", slices.SortedFunc(maps.Values(p.seen), byBorn), t.allMessages(r))
	})
}

// randomChange makes a change to one of the last messages of the room, if it is allowed.
func (t *storeTest) randomChange(rt *rapid.T, r chat.Room, now time.Time) {
	messages := t.allMessages(r)
	if len(messages) == 0 {
		return
	}
	m := messages[len(messages)-rapid.IntRange(1, min(3, len(messages))).Draw(rt, "message")]
	x := exchange{Room: r, prompt: m.ID, reply: m.ID}
	var err error
	switch rapid.SampledFrom([]string{"edit", "retry", "cancel"}).Draw(rt, "change") {
	case "edit":
		e := x.edit("Bats?", now)
		e.Basic = unlimitedTerms
		err = errorOf(t.MessageChanges.Edit(t.ctx, e))
	case "retry":
		again := x.again(now)
		again.Basic = unlimitedTerms
		err = errorOf(t.MessageChanges.Retry(t.ctx, again))
	case "cancel":
		err = t.cancelAndFinish(x, now)
	}
	if err != nil && fault.Of(err).Kind != fault.Conflict {
		t.Fatalf("change of message %+v: error = %v, want none or a conflict", m, err)
	}
}

var unlimitedTerms = plan.Terms{Limit: quota.Unlimited}

// cancelAndFinish cancels the reply. If it was running, it also finishes it.
func (t *storeTest) cancelAndFinish(x exchange, now time.Time) error {
	c, err := t.MessageChanges.Cancel(t.ctx, x.stop(now))
	if err != nil || c.Reply.Status != chat.Running {
		return err
	}
	return errorOf(t.ReplyQueue.Finish(t.ctx, c.Reply.ID, c.Fence, reply.CancelledOutcome("Mice", manyRefunds), now))
}
