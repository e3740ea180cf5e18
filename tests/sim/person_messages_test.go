package sim

import (
	"sync"
	"time"
)

// say sends a message. It returns false if the message was not accepted.
func (u *person) say(r *room) (s said, ok bool) {
	if r == nil {
		return said{}, false
	}
	return u.deliver(u.newSend(r))
}

// deliver sends a message.
func (u *person) deliver(a ask) (s said, ok bool) {
	response, ok := u.perform(a)
	if !ok {
		return said{}, false
	}
	s = said{room: a.room, prompt: response.Field("id"), reply: response.Field("reply.id")}
	u.remember(s)
	return s, true
}

func (u *person) remember(s said) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.said = append(u.said, s)
}

// lastSaid returns the last message of a random room, or sometimes a message that is not the
// last.
func (u *person) lastSaid() (last said, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.said) == 0 {
		return said{}, false
	}
	n := u.rng.IntN(len(u.said))
	last = u.said[n]
	if u.rng.IntN(6) == 0 {
		return last, true
	}
	for _, s := range u.said[n:] {
		if s.room == last.room {
			last = s
		}
	}
	return last, true
}

// retry asks for a reply again.
func (u *person) retry() {
	if s, ok := u.lastSaid(); ok {
		u.perform(u.newRetry(s))
	}
}

// edit edits a message.
func (u *person) edit() {
	if s, ok := u.lastSaid(); ok {
		u.perform(u.newEdit(s))
	}
}

// burst sends a message in each of several new rooms without a pause, and some in one room.
func (u *person) burst() {
	for range 3 {
		u.openRoom()
		if len(u.rooms) > 0 {
			u.say(u.rooms[len(u.rooms)-1])
		}
	}
	if len(u.rooms) > 0 {
		u.say(u.rooms[len(u.rooms)-1])
	}
}

// race sends requests about the last message of a room concurrently.
func (u *person) race() {
	s, ok := u.lastSaid()
	if !ok {
		return
	}
	if u.rng.IntN(2) == 0 {
		u.say(s.room)
		if s, ok = u.lastSaid(); !ok {
			return
		}
		time.Sleep(time.Duration(u.rng.Int64N(int64(8 * time.Second))))
	}
	retry, edit, send := u.newRetry(s), u.newEdit(s), u.newSend(s.room)
	possible := []func(){
		func() { u.cancel(s) },
		func() { u.cancel(s) },
		func() { u.perform(retry) },
		func() { u.perform(retry) },
		func() { u.perform(edit) },
		func() { u.perform(edit) },
		func() { u.deliver(send) },
	}
	u.rng.Shuffle(len(possible), func(i, j int) { possible[i], possible[j] = possible[j], possible[i] })
	var running sync.WaitGroup
	for _, do := range possible[:2+u.rng.IntN(4)] {
		running.Go(do)
	}
	running.Wait()
}
