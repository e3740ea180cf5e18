package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// usersAhead returns the users ahead of a reply that is accepted at now.
func (t *storeTest) usersAhead(now time.Time, headStart time.Duration, limit int) int {
	t.Helper()
	n, err := t.ReplyQueue.UsersAhead(t.ctx, now, headStart, limit)
	must(t, err)
	return n
}

// wantUsersAhead checks the users ahead of a Basic reply that is accepted at now.
func (t *storeTest) wantUsersAhead(now time.Time, want int) {
	t.Helper()
	wantEqual(t, "the users ahead", t.usersAhead(now, 0, 1000), want)
}

// sendFromUsers sends a message from each of n new users.
func (t *storeTest) sendFromUsers(n int, at time.Time) (replies []id.ID) {
	t.Helper()
	for range n {
		replies = append(replies, t.send(t.addRoom(), at))
	}
	return replies
}

func (t *storeTest) usersAheadCounts() {
	t.wantUsersAhead(midday, 0)
	t.sendFromUsers(2, midday)
	r := t.addRoom()
	other := t.addRoomOf(r.Owner, midday)
	for range 4 {
		t.send(r, midday)
	}
	t.send(other, midday)
	now := midday.Add(time.Second)
	t.wantUsersAhead(now, 3)
	wantEqual(t, "the users ahead, up to 2", t.usersAhead(now, 0, 2), 2)
}

func (t *storeTest) usersAheadHeadStart() {
	pro := t.addRoom()
	t.setProUntil(pro.Owner, midday.Add(24*time.Hour))
	t.sendFromUsers(3, midday)
	t.send(pro, midday.Add(20*time.Second)) // with a head start of 30 s
	now := midday.Add(20 * time.Second)
	t.wantUsersAhead(now, 4)
	wantEqual(t, "the users ahead of a Pro reply", t.usersAhead(now, proTerms.HeadStart, 10), 0)
	now = midday.Add(31 * time.Second)
	wantEqual(t, "the users ahead of a later Pro reply", t.usersAhead(now, proTerms.HeadStart, 10), 4)
}

func (t *storeTest) usersAheadClaimable() {
	r := t.addRoom()
	first := t.send(r, midday)
	second := t.send(r, midday) // waits for the first one
	task := t.wantClaim(midday, first)
	ended := midday.Add(time.Second)
	t.wantUsersAhead(ended, 0)
	t.finish(task, answered, ended)
	later := ended.Add(reply.ServedDelay)
	t.wantUsersAhead(later, 0)
	t.wantUsersAhead(later.Add(time.Millisecond), 1)
	t.cancel(exchange{Room: r, reply: second}.stop(later))
	t.wantUsersAhead(later.Add(time.Second), 0)
}
