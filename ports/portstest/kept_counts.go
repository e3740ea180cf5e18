package portstest

import (
	"crypto/sha256"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// keepNothing keeps no counts of the days of the tests.
var keepNothing = ports.KeepCounts{FirstDay: today + 100_000}

// keepOf selects the counts of a user's number.
func keepOf(u user.User, first time.Time) ports.KeepCounts {
	return ports.KeepCounts{Number: sha256.Sum256([]byte(u.Number.String())), FirstDay: quota.DayOf(first)}
}

func (t *storeTest) eraseKeeping(u user.User, first time.Time) {
	t.Helper()
	must(t, t.Eraser.Erase(t.ctx, u.ID, keepOf(u, first)))
}

// signUpAgain adds an account with the number of an erased one, and restores its counts.
func (t *storeTest) signUpAgain(erased user.User, first time.Time) user.User {
	t.Helper()
	u := t.newUser()
	u.Number = erased.Number
	u.Proven = midday
	t.wantAddProven(u, u)
	must(t, t.MessageCounts.Restore(t.ctx, u.ID, keepOf(u, first)))
	return u
}

// Used units and refunds continue, also through a second erasure.
func (t *storeTest) eraseKeepsCount() {
	yesterday, tomorrow := midday.AddDate(0, 0, -1), midday.AddDate(0, 0, 1)
	first := t.addUser()
	r := t.addRoomOf(first.ID, yesterday)
	t.send(r, yesterday)
	t.finish(t.claimOne(yesterday), answered, yesterday)
	for _, task := range t.addRunning(r, 3) {
		t.finish(task, failedWithin(2), midday)
	}
	t.send(r, tomorrow)
	t.eraseKeeping(first, midday)
	second := t.signUpAgain(first, midday)
	t.wantCounts(second.ID, map[time.Time]int{yesterday: 0, midday: 1, tomorrow: 1})
	tasks := t.addRunning(t.addRoomOf(second.ID, midday), 1)
	t.wantFinish(tasks[0], failedWithin(2), false, 2)
	t.eraseKeeping(second, midday)
	third := t.signUpAgain(second, midday)
	t.wantCounts(third.ID, map[time.Time]int{yesterday: 0, midday: 2, tomorrow: 1})
	t.wantExhausted(t.newDraftWithLimit(third.ID, 2), 2)
}

func (t *storeTest) newDraftWithLimit(userID id.ID, limit quota.Limit) chat.Draft {
	d := t.newDraft(t.addRoomOf(userID, midday), midday)
	d.Basic.Limit = limit
	return d
}

func (t *storeTest) wantCounts(userID id.ID, want map[time.Time]int) {
	t.Helper()
	for day, n := range want {
		t.wantCount(userID, day, n)
	}
}

func (t *storeTest) eraseRestoresOnce() {
	first, other := t.addUser(), t.addUser()
	t.send(t.addRoomOf(first.ID, midday), midday)
	t.send(t.addRoomOf(first.ID, midday), midday)
	t.eraseKeeping(first, midday)
	must(t, t.MessageCounts.Restore(t.ctx, other.ID, keepOf(other, midday)))
	must(t, t.MessageCounts.Restore(t.ctx, newID(t), keepOf(first, midday)))
	t.wantCount(other.ID, midday, 0)
	second := t.signUpAgain(first, midday)
	t.send(t.addRoomOf(second.ID, midday), midday)
	must(t, t.MessageCounts.Restore(t.ctx, second.ID, keepOf(second, midday)))
	t.wantCount(second.ID, midday, 3)
	later := t.signUpAgainLater(second)
	t.wantCount(later.ID, midday, 0)
}

// signUpAgainLater erases an account, and signs up again on the next day.
func (t *storeTest) signUpAgainLater(u user.User) user.User {
	t.Helper()
	t.eraseKeeping(u, midday)
	return t.signUpAgain(u, midday.AddDate(0, 0, 1))
}

// Each accepted message counts, whether it was accepted before or during Erase.
func (t *storeTest) eraseKeepsRace() {
	u := t.addUser()
	drafts := make([]chat.Draft, 20)
	for i := range drafts {
		drafts[i] = t.newDraftWithLimit(u.ID, quota.Unlimited)
	}
	errs := concurrently(len(drafts)+1, func(i int) error {
		if i == len(drafts) {
			return t.Eraser.Erase(t.ctx, u.ID, keepOf(u, midday))
		}
		return errorOf(t.Messages.Accept(t.ctx, drafts[i]))
	})
	accepted := -1 // Erase succeeds, too
	for _, err := range errs {
		if err == nil {
			accepted++
		}
	}
	t.wantCount(t.signUpAgain(u, midday).ID, midday, accepted)
}

func (t *storeTest) purgeKeptCounts() {
	end := quota.DayOf(midday).End()
	u := t.addUser()
	t.send(t.addRoomOf(u.ID, midday), midday)
	t.eraseKeeping(u, midday)
	t.purge(end.Add(-time.Microsecond))
	again := t.signUpAgain(u, midday)
	t.wantCount(again.ID, midday, 1)
	t.eraseKeeping(again, midday)
	if n := t.purge(end); n < 1 {
		t.Fatalf("Purge returned %d, want at least 1: the kept count", n)
	}
	t.wantCount(t.signUpAgain(u, midday).ID, midday, 0)
}
