package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Eraser is the contract of ports.Eraser.
func Eraser(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Erase deletes everything of the user and nothing of other users", (*storeTest).eraseAll},
		{"no method finds a room of an erased user, before and after RemoveDeleted", (*storeTest).eraseUnreachable},
		{"Erase stops running and queued replies", (*storeTest).eraseReplies},
		{"the number can sign up again and has no history", (*storeTest).eraseNumber},
		{"a new account with the same number continues the day's count", (*storeTest).eraseKeepsCount},
		{"Restore changes no count that a user has, and no other user", (*storeTest).eraseRestoresOnce},
		{"the count of messages sent during Erase is kept", (*storeTest).eraseKeepsRace},
		{"later calls fail as if the user had never existed", (*storeTest).eraseLaterCalls},
		{"Erase fails with ErrNotFound for unknown and for erased users", (*storeTest).eraseUnknown},
		{"of 10 concurrent Erases of one user exactly one succeeds", (*storeTest).eraseRace},
		{"messages that are sent during Erase do not remain", (*storeTest).eraseDuringAccept},
		{"Erase fails if the context is cancelled, and deletes nothing", (*storeTest).eraseCancelled},
	})
}

// FullUser is a user who has data in every port of a store.
type FullUser struct {
	User    user.User
	Session session.Session
	Codes   []otp.Challenge
	Change  otp.Challenge // of another number, to which the user wants to change
	Room    chat.Room
	Done    id.ID // an answered reply in Room
	Running reply.Task
	Record  subscription.Record
}

// NewFullUser stores a user with data in every port. No reply may be due in the store.
func NewFullUser(t *testing.T, s Stores) FullUser {
	t.Helper()
	return newStoreTest(t, s).addFullUser()
}

func (t *storeTest) addFullUser() FullUser {
	t.Helper()
	u := FullUser{User: t.addUser()}
	t.signUp(u.User.Number, "Eve", midday)
	must(t, t.Passwords.Set(t.ctx, u.User.ID, u.User.Number, "$hash$"))
	u.User.PasswordHash = "$hash$"
	u.Session = t.openSession(u.User.ID)
	t.guessFiveFrom(ownNetwork, otp.Login, u.User.Number, midday)
	u.Codes = []otp.Challenge{
		t.currentChallenge(otp.Login, u.User.Number, midday),
		t.issueNew(otp.Reset, u.User.Number, midday),
	}
	u.Change = t.issueForUser(u.User.ID, t.newNumber())
	u.Room = t.addRoomOf(u.User.ID, midday)
	sent := t.accept(t.newKeyedDraft(u.Room, "a", midday))
	u.Done = sent.Reply
	t.answerReply(u.Done, midday)
	t.edit(exchange{Room: u.Room, prompt: sent.Prompt.ID, reply: u.Done}.keyedEdit("e", "Voles?", midday))
	t.answerReply(u.Done, midday)
	must(t, t.Rooms.Delete(t.ctx, u.User.ID, t.addRoomOf(u.User.ID, midday).ID))
	u.Running = t.wantClaim(midday, t.accept(t.newKeyedDraft(u.Room, "b", midday)).Reply)
	must(t, t.setSummary(u.Room, 0, 2))
	u.Record = newRecord(u.User.ID)
	must(t, t.Subscriptions.Save(t.ctx, u.Record, midday.Add(time.Hour)))
	u.User.ProUntil = midday.Add(time.Hour)
	u.Record.Version = 1
	return u
}

// addQueuedReply adds a room with a reply that nobody has claimed.
func (t *storeTest) addQueuedReply(userID id.ID) {
	t.Helper()
	t.send(t.addRoomOf(userID, midday), midday)
}

// ForgetErasures removes what a store keeps of erased users, until a time when it keeps nothing:
// the list of erasures, the outbox of customers, and the rooms that it removes in the background.
func ForgetErasures(t *testing.T, s Stores) {
	t.Helper()
	st := newStoreTest(t, s)
	later := time.Now().Add(user.ErasureTTL)
	st.purge(later)
	st.removeDeleted()
	customers, err := s.CustomerDeletions.TakeDue(st.ctx, later, later, 1000)
	must(t, err)
	for _, c := range customers {
		must(t, s.CustomerDeletions.Remove(st.ctx, c))
	}
}

func (t *storeTest) erase(userID id.ID) {
	t.Helper()
	must(t, t.Eraser.Erase(t.ctx, userID, keepNothing))
}

// wantIntact checks that the user still has all data.
func (t *storeTest) wantIntact(u FullUser) {
	t.Helper()
	t.wantStored(u.User)
	t.wantAlive(u.Session)
	t.wantRecord(u.Record, u.User.ProUntil)
	for _, c := range u.Codes {
		t.wantIssued(t.newChallenge(c.Purpose, c.Number, midday), midday, c)
	}
	t.wantIssued(t.newUserChallenge(u.User.ID, u.Change.Number), midday, u.Change)
	t.wantDelay(ownNetwork, u.User.Number, midday, guessDelay)
	wantEqual(t, "the number of messages", len(t.allMessages(u.Room)), 4)
	wantEqual(t, "the summary", t.history(u.Room, chat.HistoryQuery{Limit: 1}).Summary, newSummary(2))
	t.renew(u.Running, midday, reply.Lease)
	t.wantReplayed(t.newKeyedDraft(u.Room, "a", midday), u.Done)
}

// wantNothing checks that a user has neither rooms nor counted messages.
func (t *storeTest) wantNothing(userID id.ID) {
	t.Helper()
	t.wantRooms(userID, nil, 50)
	t.wantCount(userID, midday, 0)
}

func (t *storeTest) eraseAll() {
	erased, other := t.addFullUser(), t.addFullUser()
	userID := erased.User.ID
	t.addQueuedReply(userID)
	t.erase(userID)
	t.wantNoUser(erased.User)
	t.wantNotAlive(erased.Session)
	t.wantNothing(userID)
	t.wantNoRoom(userID, erased.Room.ID)
	r, err := t.Subscriptions.Get(t.ctx, userID)
	must(t, err)
	wantEqual(t, "the record", r, subscription.Record{User: userID})
	wantError(t, errorOf(t.Subscriptions.Find(t.ctx, erased.Record.Customer)), subscription.ErrUnknownCustomer)
	t.wantIntact(other)
}

func (t *storeTest) eraseReplies() {
	u := t.addFullUser()
	t.addQueuedReply(u.User.ID)
	t.wantDepth(midday, ports.Depth{Queued: 1, Running: 1})
	t.erase(u.User.ID)
	replyID, fence := u.Running.Reply, u.Running.Fence
	wantError(t, t.ReplyQueue.Renew(t.ctx, replyID, fence, midday, reply.Lease), reply.ErrDeleted)
	wantError(t, errorOf(t.ReplyQueue.Finish(t.ctx, replyID, fence, failed, midday)), reply.ErrDeleted)
	t.wantNoneDue(midday.Add(time.Hour))
	t.wantDepth(midday.Add(time.Hour), ports.Depth{})
	t.wantCount(u.User.ID, midday, 0)
}

func (t *storeTest) eraseNumber() {
	u := t.addFullUser()
	t.erase(u.User.ID)
	for _, c := range u.Codes {
		wantError(t, t.tryCode(c, midday), otp.ErrBadCode) // and not fault.ErrRateLimited
	}
	wantError(t, t.tryCode(u.Change, midday), otp.ErrBadCode)
	must(t, t.tryCode(t.currentChallenge(otp.Login, u.User.Number, midday), midday))
	stranger := t.newUser()
	stranger.Number = u.User.Number
	stranger.Name = ""
	t.wantAddProven(stranger, stranger)
	t.wantNothing(stranger.ID)
	t.wantNotReplayed(t.newKeyedDraft(t.addRoomOf(stranger.ID, midday), "a", midday))
}

func (t *storeTest) eraseLaterCalls() {
	u := t.addFullUser()
	userID := u.User.ID
	t.erase(userID)
	s := t.newSession(userID)
	wantError(t, t.Sessions.Open(t.ctx, s, newDevice(t)), user.ErrNotFound)
	t.wantNotAlive(s)
	room := chat.Room{ID: newID(t), Owner: userID, Name: "Late", Created: midday, Updated: midday}
	wantError(t, t.Rooms.Add(t.ctx, room), user.ErrNotFound)
	wantError(t, errorOf(t.Messages.Accept(t.ctx, t.newDraft(u.Room, midday))), chat.ErrNotFound)
	wantError(t, t.Users.Rename(t.ctx, userID, "Late"), user.ErrNotFound)
	wantError(t, t.Users.ChangeNumber(t.ctx, t.newNumberChange(u.User, s)), user.ErrNotFound)
	wantError(t, errorOf(t.Codes.Issue(t.ctx, t.newUserChallenge(userID, t.newNumber()), midday)), user.ErrNotFound)
	wantError(t, t.Passwords.Set(t.ctx, userID, u.User.Number, "$late$"), user.ErrNotFound)
	wantError(t, t.Passwords.Swap(t.ctx, userID, "$hash$", "$late$"), user.ErrNotFound)
	wantError(t, t.Subscriptions.Save(t.ctx, u.Record, midday), user.ErrNotFound)
	t.wantNothing(userID)
}

func (t *storeTest) eraseUnknown() {
	u := t.addFullUser()
	wantError(t, t.Eraser.Erase(t.ctx, newID(t), keepNothing), user.ErrNotFound)
	t.wantIntact(u)
	t.erase(u.User.ID)
	wantError(t, t.Eraser.Erase(t.ctx, u.User.ID, keepNothing), user.ErrNotFound)
}

func (t *storeTest) eraseRace() {
	u := t.addFullUser()
	errs := concurrently(10, func(int) error { return t.Eraser.Erase(t.ctx, u.User.ID, keepNothing) })
	wantErrorCounts(t, errs, map[error]int{nil: 1, user.ErrNotFound: 9})
}

func (t *storeTest) eraseDuringAccept() {
	u := t.addUser()
	drafts := make([]chat.Draft, 21)
	for i := range drafts {
		drafts[i] = t.newDraft(t.addRoomOf(u.ID, midday), midday)
		drafts[i].Basic.Limit = quota.Unlimited
	}
	errs := concurrently(len(drafts), func(i int) error {
		if i == len(drafts)/2 {
			return t.Eraser.Erase(t.ctx, u.ID, keepNothing)
		}
		return errorOf(t.Messages.Accept(t.ctx, drafts[i]))
	})
	for _, err := range errs {
		matchError(t, err, map[error]int{nil: 0, chat.ErrNotFound: 0})
	}
	t.wantDepth(midday, ports.Depth{})
	t.wantNothing(u.ID)
}

func (t *storeTest) eraseCancelled() {
	u := t.addFullUser()
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Erase": func(ctx context.Context) error { return t.Eraser.Erase(ctx, u.User.ID, keepNothing) },
	})
	t.wantIntact(u)
}
