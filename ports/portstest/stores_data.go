package portstest

import (
	"crypto/rand"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/user"
)

// midday is the time at which the tests start. It is far from midnight and has
// microseconds, the precision of a database.
var midday = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

var (
	basicTerms = plan.Terms{Limit: 5}
	proTerms   = plan.Terms{Limit: quota.Unlimited, HeadStart: 30 * time.Second}
)

func (t *storeTest) newNumber() phone.Number {
	t.Helper()
	digits := make([]byte, 13)
	if _, err := rand.Read(digits); err != nil {
		t.Fatalf("read random bytes: %v", err)
	}
	for i, b := range digits {
		digits[i] = '0' + b%10
	}
	n, err := phone.Parse("+99" + string(digits))
	must(t, err)
	return n
}

// newUser returns an account that is not stored.
func (t *storeTest) newUser() user.User {
	t.Helper()
	return user.User{ID: newID(t), Number: t.newNumber(), Name: "Ada Λ 🦉", Created: midday, Proven: midday}
}

// addUser stores an account.
func (t *storeTest) addUser() user.User {
	t.Helper()
	stored, err := t.Users.AddProven(t.ctx, t.newUser())
	must(t, err)
	return stored
}

// addRoom stores an empty room of a new user.
func (t *storeTest) addRoom() chat.Room {
	t.Helper()
	return t.addRoomOf(t.addUser().ID, midday)
}

// addRoomOf stores an empty room that was created at that time.
func (t *storeTest) addRoomOf(owner id.ID, at time.Time) chat.Room {
	t.Helper()
	r := chat.Room{
		ID:           newID(t),
		Owner:        owner,
		Name:         "Owls Λ 🦉",
		SystemPrompt: " Answer as an owl.\n🦉 ",
		Created:      at,
		Updated:      at,
	}
	must(t, t.Rooms.Add(t.ctx, r))
	return r
}

// getRoom returns the room as it is stored now.
func (t *storeTest) getRoom(r chat.Room) chat.Room {
	t.Helper()
	stored, err := t.Rooms.Get(t.ctx, r.Owner, r.ID)
	must(t, err)
	return stored
}

// newDraft returns a message to the room that is not stored.
func (t *storeTest) newDraft(r chat.Room, at time.Time) chat.Draft {
	t.Helper()
	return chat.Draft{
		Ask:    newAsk(r, at),
		Prompt: newID(t),
		Reply:  newID(t),
		Text:   "  What do owls eat?\n🦉 ",
	}
}

// newAsk returns a request without an idempotency key.
func newAsk(r chat.Room, at time.Time) chat.Ask {
	return chat.Ask{
		Room:  r.ID,
		User:  r.Owner,
		Now:   at,
		Basic: basicTerms,
		Pro:   proTerms,
	}
}

func (t *storeTest) accept(d chat.Draft) chat.Accepted {
	t.Helper()
	a, err := t.Messages.Accept(t.ctx, d)
	must(t, err)
	return a
}

// send accepts a new message and returns the id of its reply.
func (t *storeTest) send(r chat.Room, at time.Time) id.ID {
	t.Helper()
	return t.accept(t.newDraft(r, at)).Reply
}

// sendUnlimited sends a message that is not limited by the quota.
func (t *storeTest) sendUnlimited(r chat.Room, at time.Time) id.ID {
	t.Helper()
	d := t.newDraft(r, at)
	d.Basic.Limit = quota.Unlimited
	return t.accept(d).Reply
}

// countMessages returns how many messages of that day count against the user's quota.
func (t *storeTest) countMessages(userID id.ID, at time.Time) int {
	t.Helper()
	n, err := t.MessageCounts.Count(t.ctx, userID, quota.DayOf(at))
	must(t, err)
	return n
}

// allMessages returns the messages of the room in order.
func (t *storeTest) allMessages(r chat.Room) []chat.Message {
	t.Helper()
	page, err := t.Messages.Page(t.ctx, chat.Query{Owner: r.Owner, Room: r.ID, Limit: 1000})
	must(t, err)
	return page.Messages
}
