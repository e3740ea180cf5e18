package capacity

import (
	"container/heap"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// noon is the time at which a simulation starts. Any time gives the same result.
var noon = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

// user is a user who has sent messages. The plan of a user never changes.
type user struct {
	number  int
	turn    reply.Turn
	queued  []*message // in the order of arrival
	running int
	index   int // in the line of the plan; -1 while the user is not in it
}

// queue has the messages that wait for a claim. It claims in the order of reply.Queue.Schedule.
// Schedule looks at all users for each claim. To be faster, queue has a heap for each plan.
type queue struct {
	perUser int // the limit of running replies per user; 0 for none
	users   map[int]*user
	lines   map[time.Duration]*line // by head start
	queued  int                     // messages that wait
}

func newQueue(perUser int) *queue {
	return &queue{perUser: perUser, users: map[int]*user{}, lines: map[time.Duration]*line{}}
}

// add queues a message when it is sent.
func (q *queue) add(m *message) {
	u := q.users[m.user]
	if u == nil {
		u = &user{number: m.user, index: -1}
		q.users[m.user] = u
	}
	u.turn.Arrive(noon.Add(m.sent), m.headStart, len(u.queued) > 0)
	u.queued = append(u.queued, m)
	q.queued++
	q.update(u)
}

// claim removes and returns the next message. It returns nil if no message can be claimed.
func (q *queue) claim(now time.Duration) *message {
	u := q.first()
	if u == nil {
		return nil
	}
	m := u.queued[0]
	u.queued = u.queued[1:]
	u.running++
	q.queued--
	u.turn.Serve(noon.Add(now), q.atLimit(u), len(u.queued) > 0)
	q.update(u)
	return m
}

// release frees the slot of a message that was answered now.
func (q *queue) release(m *message, now time.Duration) {
	u := q.users[m.user]
	u.running--
	u.turn.Release(noon.Add(now), len(u.queued) > 0)
	q.update(u)
	if u.running == 0 && len(u.queued) == 0 {
		delete(q.users, u.number) // the next message starts a new turn anyway
	}
}

func (q *queue) atLimit(u *user) bool { return q.perUser > 0 && u.running >= q.perUser }

// first returns the user who is served next, or nil.
func (q *queue) first() (first *user) {
	for _, l := range q.lines {
		if l.Len() > 0 && (first == nil || isBefore((*l)[0], first)) {
			first = (*l)[0]
		}
	}
	return first
}

// update moves the user to the right place of the line after a change of the turn.
func (q *queue) update(u *user) {
	l := q.lines[u.turn.HeadStart]
	if l == nil {
		l = &line{}
		q.lines[u.turn.HeadStart] = l
	}
	canBeServed := len(u.queued) > 0 && !q.atLimit(u)
	switch {
	case canBeServed && u.index < 0:
		heap.Push(l, u)
	case canBeServed:
		heap.Fix(l, u.index)
	case u.index >= 0:
		heap.Remove(l, u.index)
	}
}

// usersAhead counts the users who are served before a turn that begins now.
func (q *queue) usersAhead(now, headStart time.Duration) (n int) {
	newcomer := &reply.Turn{Since: noon.Add(now), HeadStart: headStart}
	for _, l := range q.lines {
		for _, u := range *l {
			if u.turn.Before(newcomer) {
				n++
			}
		}
	}
	return n
}
