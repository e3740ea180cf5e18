package capacity

import (
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// A few users send, are answered and send again at random. Before each claim, reply.Queue.Schedule
// selects from the same state.
func TestClaimsAreThoseOfSchedule(t *testing.T) {
	for seed := range uint64(20) {
		c := &comparison{T: t, source: newSource(seed), queue: newQueue(2)}
		for now := time.Duration(0); now < 20*time.Minute; now += c.exponential(4 * time.Second) {
			switch c.below(3) {
			case 0:
				c.add(someMessage(c.source, now))
			case 1:
				c.compareClaim(now)
			case 2:
				c.endFirst(now)
			}
		}
		if c.claims < 50 {
			t.Errorf("seed %d: %d replies were claimed, want at least 50", seed, c.claims)
		}
	}
}

// comparison compares the claims of a queue with those of reply.Queue.Schedule.
type comparison struct {
	*testing.T
	source
	*queue
	running []*message
	claims  int
}

// compareClaim claims a message. It fails unless Schedule selects the same one and leaves the same turn.
func (c *comparison) compareClaim(now time.Duration) {
	c.Helper()
	want, turn := scheduled(c.queue, now)
	m := c.claim(now)
	if got := replyID(m); got != want {
		c.Fatalf("the queue claims %q at %v, want %q as reply.Queue.Schedule", got, now, want)
	}
	if m == nil {
		return
	}
	if got := c.users[m.user].turn; got != turn {
		c.Fatalf("after the claim at %v the turn is %+v, want %+v as reply.Queue.Schedule", now, got, turn)
	}
	c.claims++
	c.running = append(c.running, m)
}

// endFirst ends the attempt that started first, if there is one.
func (c *comparison) endFirst(now time.Duration) {
	if len(c.running) > 0 {
		c.release(c.running[0], now)
		c.running = c.running[1:]
	}
}

// someMessage returns a message of one of 8 users. The first 2 of them have Pro.
func someMessage(s source, sent time.Duration) *message {
	m := &message{user: s.below(8), sent: sent}
	if m.user < 2 {
		m.headStart = pro
	}
	return m
}

// replyID returns the id that scheduled gives to a message, and "" for nil.
func replyID(m *message) id.ID {
	if m == nil {
		return ""
	}
	return id.ID(fmt.Sprintf("%d of user %d", m.sent, m.user))
}

// scheduled returns the reply that reply.Queue.Schedule would claim now, and the turn of its user after
// that. It changes nothing.
func scheduled(q *queue, now time.Duration) (id.ID, reply.Turn) {
	state := reply.Queue{Running: map[id.ID]int{}, Turns: map[id.ID]*reply.Turn{}}
	for number, u := range q.users {
		userID := id.ID(fmt.Sprint(number))
		turn := u.turn
		state.Turns[userID] = &turn
		state.Running[userID] = u.running
		for _, m := range u.queued {
			state.Claimable = append(state.Claimable, &reply.Reply{
				User:    userID,
				Rank:    noon.Add(m.sent - m.headStart),
				Message: chat.Message{ID: replyID(m), Status: chat.Queued},
			})
		}
	}
	claimed := state.Schedule(noon.Add(now), 1, q.perUser)
	if len(claimed) == 0 {
		return "", reply.Turn{}
	}
	return claimed[0].ID, *state.Turns[claimed[0].User]
}

func TestTheSameSeedGivesTheSameResult(t *testing.T) {
	run := func(seed uint64) string {
		users := newTraffic(defaultModel)
		users.seed = seed
		messages := users.messages(phase{length: 20 * time.Minute, rate: 30})
		newSystem(4, 16).run(messages)
		var result []message
		for _, m := range messages {
			result = append(result, *m)
		}
		return fmt.Sprint(result)
	}
	first, again := run(1), run(1)
	if first != again {
		t.Error("two runs with the same seed differ, want the same messages and claims")
	}
	if first == run(2) {
		t.Error("two seeds give the same messages and claims, want different ones")
	}
}
