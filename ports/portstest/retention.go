package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

// Retention is the contract of ports.Retention. A test sees that data was deleted
// by calling the store again with a time at which the data had not yet expired.
func Retention(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Purge deletes sign-ups after their TTL, and never an account", (*storeTest).purgeSignups},
		{"Purge deletes challenges when they expire", (*storeTest).purgeCodes},
		{"Purge deletes the guesses of a number after their TTL", (*storeTest).purgeGuesses},
		{"Purge deletes sessions when they expire", (*storeTest).purgeSessions},
		{"Purge deletes idempotency keys after their TTL, but never messages", (*storeTest).purgeKeys},
		{"Purge deletes the counts of a day after the retention period", (*storeTest).purgeCounts},
		{"Purge deletes the kept counts of earlier days", (*storeTest).purgeKeptCounts},
		{"Purge deletes the records of deleted rooms after their TTL", (*storeTest).purgeDeletedRooms},
		{"Purge deletes webhook events after their TTL", (*storeTest).purgeEvents},
		{"Purge returns how many entries it deleted", (*storeTest).purgeReturnsCount},
		{"concurrent calls of RemoveDeleted remove only what is deleted", (*storeTest).removeConcurrently},
		{"RemoveOld removes exchanges that the user last changed until a time", (*storeTest).removeOldExchanges},
		{"RemoveOld removes no reply that is not final", (*storeTest).removeOldFinal},
		{"RemoveOld removes a summary only with a message that it covers", (*storeTest).removeOldSummary},
		{"a room can be used after its messages were removed", (*storeTest).removeOldRoomStays},
		{"OldestDeleted returns the age of the oldest room that is not removed", (*storeTest).removeOldest},
		{"every method fails if the context is cancelled, and deletes nothing", (*storeTest).purgeCancelled},
	})
}

func (t *storeTest) purge(now time.Time) int {
	t.Helper()
	n, err := t.Retention.Purge(t.ctx, now)
	must(t, err)
	return n
}

// A login with the time of the sign-up sees whether the sign-up was deleted.
func (t *storeTest) purgeSignups() {
	known, kept, deleted := t.addUser(), t.newNumber(), t.newNumber()
	expires := midday.Add(user.SignupTTL)
	t.signUp(kept, "Ada", midday)
	t.purge(expires.Add(-time.Microsecond))
	t.wantNameAtProof(kept, midday, "Ada")
	t.signUp(deleted, "Ada", midday)
	t.purge(expires)
	t.wantNameAtProof(deleted, midday, "")
	t.purge(midday.Add(20 * 365 * 24 * time.Hour))
	t.wantStored(known)
}

func (t *storeTest) purgeCodes() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	t.guessWrongTimes(2, otp.Login, c.Number, midday)
	c.Attempts = 2
	t.purge(c.Expires.Add(-time.Microsecond))
	t.wantIssued(t.newChallenge(otp.Login, c.Number, midday), midday, c)
	t.purge(c.Expires)
	t.issueNew(otp.Login, c.Number, midday)
}

func (t *storeTest) purgeGuesses() {
	n := t.newNumber()
	t.guessFiveFrom("a", otp.Login, n, midday)
	expires := midday.Add(otp.GuessesTTL)
	t.purge(expires.Add(-time.Microsecond))
	t.wantDelay("a", n, midday, guessDelay)
	t.purge(expires)
	t.guessWrongFrom("a", otp.Login, n, midday)
}

func (t *storeTest) purgeSessions() {
	s := t.openSession(t.addUser().ID)
	t.purge(s.Expires.Add(-time.Microsecond))
	t.wantAlive(s)
	t.purge(s.Expires)
	t.wantNotAlive(s)
}

func (t *storeTest) purgeKeys() {
	r := t.addRoom()
	first := t.accept(t.newKeyedDraft(r, "a", midday))
	before := t.allMessages(r)
	expires := midday.Add(chat.IdempotencyKeyTTL)
	t.purge(expires.Add(-time.Microsecond))
	t.wantReplayed(t.newKeyedDraft(r, "a", midday), first.Reply)
	t.purge(expires)
	wantEqual(t, "the messages of the room", t.allMessages(r), before)
	t.wantNotReplayed(t.newKeyedDraft(r, "a", midday))
}

// A refund may happen days after its message was counted.
func (t *storeTest) purgeCounts() {
	r := t.addRoom()
	t.send(r, midday)
	t.send(r, midday)
	task := t.claimOne(midday)
	t.addTokens(today, 7)
	last := midday.AddDate(0, 0, quota.RetentionDays)
	t.purge(last)
	t.wantCount(r.Owner, midday, 2)
	t.finish(task, failed, last)
	t.wantCount(r.Owner, midday, 1)
	t.wantTotal(today, 7)
	t.purge(last.AddDate(0, 0, 1))
	t.wantCount(r.Owner, midday, 0)
	t.wantTotal(today, 0)
}

// The store takes the time of a deletion from its own clock.
func (t *storeTest) purgeDeletedRooms() {
	r := t.addRoom()
	at := t.readFeed(r.Owner).At
	must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	now := time.Now()
	t.purge(now)
	t.purge(now.Add(chat.FeedTTL - time.Minute))
	wantEqual(t, "the deleted rooms", t.feedChanges(r.Owner, at).Deleted, []id.ID{r.ID})
	if n := t.purge(now.Add(chat.FeedTTL + time.Minute)); n != 1 {
		t.Fatalf("Purge returned %d, want 1: the record of the deleted room", n)
	}
	wantEqual(t, "the deleted rooms", t.feedChanges(r.Owner, at).Deleted, []id.ID{})
}

func (t *storeTest) purgeEvents() {
	event, expires := t.newEventID(), midday.Add(subscription.EventTTL)
	t.receive(event, midday, false)
	must(t, t.WebhookLedger.MarkApplied(t.ctx, event, midday))
	t.purge(expires.Add(-time.Microsecond))
	t.receive(event, midday, true)
	t.purge(expires)
	t.receive(event, midday, false)
}

func (t *storeTest) purgeReturnsCount() {
	u := t.addUser()
	t.purge(midday)
	t.openSession(u.ID)
	t.openSession(u.ID)
	t.issueNew(otp.Login, u.Number, midday)
	if n := t.purge(midday.Add(time.Hour)); n < 3 {
		t.Fatalf("Purge returned %d, want at least 3: two sessions and a challenge", n)
	}
}

func (t *storeTest) purgeCancelled() {
	s := t.openSession(t.addUser().ID)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Purge":         func(ctx context.Context) error { return errorOf(t.Retention.Purge(ctx, s.Expires)) },
		"OldestDeleted": func(ctx context.Context) error { return errorOf(t.Retention.OldestDeleted(ctx, midday)) },
		"RemoveOld":     func(ctx context.Context) error { return errorOf(t.Retention.RemoveOld(ctx, midday)) },
		"RemoveDeleted": func(ctx context.Context) error { return errorOf(t.Retention.RemoveDeleted(ctx)) },
	})
	t.wantAlive(s)
}
