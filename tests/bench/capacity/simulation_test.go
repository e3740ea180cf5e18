package capacity

import (
	"container/heap"
	"time"
)

// system is what answers the messages.
type system struct {
	workers   int  // processes
	slots     int  // of each process
	perUser   int  // the limit of running replies per user; 0 for none
	acceptAll bool // refuse no message, however long it waits
}

// newSystem returns that many worker processes with the default limits.
func newSystem(workers, slots int) system {
	return system{workers: workers, slots: slots, perUser: perUser}
}

// simulation is a run of a system. It changes only when a message is sent and when an answer ends.
type simulation struct {
	*queue
	*loadMonitor
	slots   int // of all processes
	running attempts
	now     time.Duration
	// Sums over time, from which averages of the queue and of the used slots follow.
	queuedTime, runningTime time.Duration
}

// run simulates messages until all of them are answered. They are ordered by the time when they are
// sent. It sets the results in them.
func (s system) run(messages []*message) *simulation {
	q := newQueue(s.perUser)
	r := &simulation{queue: q, loadMonitor: newLoadMonitor(q, s.workers*s.slots), slots: s.workers * s.slots}
	for len(messages) > 0 || len(r.running) > 0 {
		if r.endsBefore(messages) {
			r.end()
		} else {
			r.send(messages[0], s.acceptAll)
			messages = messages[1:]
		}
		r.startAttempts()
	}
	return r
}

// endsBefore reports whether an attempt ends before the first of the messages is sent.
func (r *simulation) endsBefore(messages []*message) bool {
	if len(r.running) == 0 || len(messages) == 0 {
		return len(messages) == 0
	}
	return r.running[0].ended() <= messages[0].sent
}

// advance sets the time.
func (r *simulation) advance(now time.Duration) {
	passed := now - r.now
	r.queuedTime += passed * time.Duration(r.queued)
	r.runningTime += passed * time.Duration(len(r.running))
	r.now = now
}

// send accepts or refuses a message.
func (r *simulation) send(m *message, acceptAll bool) {
	r.advance(m.sent)
	m.refused = !acceptAll && r.overloaded(r.now, m.headStart)
	if !m.refused {
		r.add(m)
	}
}

// end ends the attempt that ends next.
func (r *simulation) end() {
	r.advance(r.running[0].ended())
	m := heap.Pop(&r.running).(*message)
	r.release(m, r.now)
	r.finished(r.now)
}

// startAttempts claims messages for all free slots.
func (r *simulation) startAttempts() {
	for len(r.running) < r.slots {
		m := r.claim(r.now)
		if m == nil {
			return
		}
		m.claimed = r.now
		heap.Push(&r.running, m)
	}
}
