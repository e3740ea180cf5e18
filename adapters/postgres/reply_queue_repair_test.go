package postgres_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// repairs are changes by the previous version, with the replies that the present version
// then claims within seconds. Each name says what is wrong in turns and heads.
var repairs = map[string]func(p previous) (want []id.ID){
	"no turn and no head": func(p previous) []id.ID {
		return []id.ID{p.ask(p.room.ID)}
	},
	"no head, but a turn": func(p previous) []id.ID {
		other := p.newRoom(p.room.Owner).ID
		return []id.ID{p.askNow(p.room.ID), p.ask(other)}
	},
	"a head that is not the oldest": func(p previous) []id.ID {
		oldest := p.ask(p.room.ID)
		p.askNow(p.room.ID)
		return []id.ID{oldest}
	},
	"a head behind a running reply": func(p previous) []id.ID {
		p.claim(p.ask(p.room.ID), noon.Add(time.Hour))
		p.askNow(p.room.ID)
		return nil
	},
	"a ready head that is running": func(p previous) []id.ID {
		p.claim(p.askNow(p.room.ID), noon.Add(time.Hour))
		return nil
	},
	"a ready head whose lease expires": func(p previous) []id.ID {
		crashed := p.askNow(p.room.ID)
		p.claim(crashed, noon.Add(2*time.Second))
		return []id.ID{crashed}
	},
	"a ready head that is done": func(p previous) []id.ID {
		p.finish(p.askNow(p.room.ID), chat.Done)
		return nil
	},
	"a ready head that is done, before another reply": func(p previous) []id.ID {
		p.finish(p.askNow(p.room.ID), chat.Done)
		return []id.ID{p.askNow(p.room.ID)}
	},
	"a ready head that was cancelled, with right counters": func(p previous) []id.ID {
		other := p.newRoom(p.room.Owner).ID
		p.finish(p.askNow(p.room.ID), chat.Cancelled)
		first := p.askNow(other)
		p.ask(other)
		return []id.ID{first}
	},
	"a ready head that waits for its retry": func(p previous) []id.ID {
		retried := p.askNow(p.room.ID)
		p.queueAgain(retried, noon.Add(3*time.Second))
		return []id.ID{retried}
	},
	"a ready head that waits for long": func(p previous) []id.ID {
		p.queueAgain(p.askNow(p.room.ID), noon.Add(time.Hour))
		return nil
	},
	"a running head that is done": func(p previous) []id.ID {
		p.askNow(p.room.ID)
		p.finish(p.claimNow().Reply, chat.Done)
		return []id.ID{p.askNow(p.room.ID)}
	},
	"a running head that is queued": func(p previous) []id.ID {
		p.askNow(p.room.ID)
		again := p.claimNow().Reply
		p.queueAgain(again, noon.Add(time.Second))
		return []id.ID{again}
	},
	"a later head that is running": func(p previous) []id.ID {
		p.askNow(p.room.ID)
		task := p.claimNow()
		retry := reply.Outcome{Status: chat.Queued, RetryAt: noon.Add(time.Second)}
		_, err := p.ReplyQueue.Finish(p.Context(), task.Reply, task.Fence, retry, noon)
		p.noError(err)
		p.claim(task.Reply, noon.Add(time.Hour))
		return nil
	},
	"a finished reply that was asked for again": func(p previous) []id.ID {
		p.askNow(p.room.ID)
		task := p.claimNow()
		done := reply.Outcome{Status: chat.Done, Content: "Hoo."}
		_, err := p.ReplyQueue.Finish(p.Context(), task.Reply, task.Fence, done, noon)
		p.noError(err)
		p.queueAgain(task.Reply, noon)
		p.askNow(p.room.ID)
		return []id.ID{task.Reply}
	},
	"counters of a deleted room": func(p previous) []id.ID {
		other := p.newRoom(p.room.Owner).ID
		p.askNow(p.room.ID)
		p.claimNow()
		p.deleteRoom(p.room.ID)
		p.ask(other)
		return []id.ID{p.askNow(p.newRoom(p.room.Owner).ID), p.oldestOf(other)}
	},
	"a deleted account": func(p previous) []id.ID {
		p.askNow(p.room.ID)
		p.exec(`DELETE FROM users WHERE id = $1`, p.room.Owner)
		return nil
	},
	"a head of a turn without counters": func(p previous) []id.ID {
		p.finish(p.askNow(p.room.ID), chat.Done)
		p.exec(`UPDATE turns SET ready = 0, unfinished = 0`)
		return nil
	},
}

// While the previous version runs, too, the claims of the present one repair turns and heads
// within seconds. They never fail, and never take a reply that is not the next of its room.
func TestClaimsRepairWhatThePreviousVersionChanged(t *testing.T) {
	for name, change := range repairs {
		t.Run(name, func(t *testing.T) {
			p := previous{newFixture(t)}
			want := change(p)
			p.wantClaimed(5*time.Second, want...)
			p.checkTurns(100)
			p.checkNoneIsOpen()
		})
	}
}

// wantClaimed claims once a second, and expects these replies.
func (p previous) wantClaimed(during time.Duration, want ...id.ID) {
	p.Helper()
	claimed := map[id.ID]bool{}
	for passed := time.Duration(0); passed <= during; passed += time.Second {
		tasks, err := p.ReplyQueue.Claim(p.Context(), noon.Add(passed), reply.Lease, 10, 0)
		p.noError(err)
		for _, task := range tasks {
			claimed[task.Reply] = true
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(claimed)); !slices.Equal(got, want) {
		p.Errorf("claimed the replies %v, want %v", got, want)
	}
}

// checkNoneIsOpen fails the test if a turn says that it has a reply to claim.
func (p previous) checkNoneIsOpen() {
	p.Helper()
	if n := queryValue[int](p.schema, `SELECT count(*) FROM turns WHERE open`); n > 0 {
		p.Errorf("%d turns are open after all replies were claimed, want none", n)
	}
}

// A reply must not be claimed before its retry is due, although its head does not know the time.
func TestClaimWaitsForARetryOfThePreviousVersion(t *testing.T) {
	p := previous{newFixture(t)}
	p.queueAgain(p.askNow(p.room.ID), noon.Add(5*time.Second))
	p.wantClaimed(4 * time.Second)
}

// Users whose replies run in workers of the previous version seem to have replies to claim. They
// must not take the places of others.
func TestRepliesOfThePreviousVersionDelayNobody(t *testing.T) {
	p := previous{newFixture(t)}
	for i := range 30 {
		p.claim(p.askNow(p.newRoom(p.addUser(i+1)).ID), noon.Add(time.Hour))
	}
	last := p.askNow(p.newRoom(p.addUser(31)).ID)
	tasks, err := p.ReplyQueue.Claim(p.Context(), noon, reply.Lease, 1, 0)
	p.noError(err)
	if len(tasks) != 1 || tasks[0].Reply != last {
		p.Errorf("claimed %d replies, want the only one that can be claimed", len(tasks))
	}
}

// Claims that find nothing refresh the queue. The repair must nevertheless run once a second.
func TestFrequentClaimsRepairToo(t *testing.T) {
	p := previous{newFixture(t)}
	var claimed []reply.Task
	for i := range 30 {
		if i == 1 {
			p.ask(p.room.ID)
		}
		now := noon.Add(time.Duration(i) * 100 * time.Millisecond)
		tasks, err := p.ReplyQueue.Claim(p.Context(), now, reply.Lease, 1, 0)
		p.noError(err)
		claimed = append(claimed, tasks...)
	}
	if len(claimed) != 1 {
		t.Errorf("claimed %d replies in 3 s, want the one that the previous version has queued", len(claimed))
	}
}
