package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// LiveLog is both sides of a live log.
type LiveLog interface {
	ports.Live
	ports.LiveReader
}

// Live is the contract of ports.Live and ports.LiveReader. The ports allow a live log to
// lose its data, but the one of the test must lose nothing during the test.
func Live(t *testing.T, open func(t *testing.T) LiveLog) {
	runSuite(t, func(t *testing.T) *liveTest { return newLiveTest(t, open(t)) }, []requirement[*liveTest]{
		{"Append adds deltas once, even if they are appended again", (*liveTest).appendDeltas},
		{"Append fails with ErrGap if earlier deltas are missing", (*liveTest).appendAfterGap},
		{"a newer fence starts the text again, and an older one fails with ErrClaimLost", (*liveTest).appendNewerFence},
		{
			"the text of an attempt that has ended is marked, and Append fails with ErrClaimLost",
			(*liveTest).appendAfterEnd,
		},
		{"an attempt that has ended cannot append its first delta late", (*liveTest).appendFirstDeltaAfterEnd},
		{"the end of an attempt does not end a newer one at the same reply", (*liveTest).appendAfterEndOfOlder},
		{"a reply that has ended can be written again with a newer fence", (*liveTest).appendAfterRestart},
		{"Seal returns the text and keeps it, and later Appends fail with ErrClaimLost", (*liveTest).sealText},
		{"Seal returns the text of an older attempt, and not that of a newer one", (*liveTest).sealOtherAttempt},
		{"Seal without text returns none, and later Appends fail with ErrClaimLost", (*liveTest).sealWithoutText},
		{"Seal does not return the text of an older attempt that has ended", (*liveTest).sealAfterEnd},
		{"a sealed reply can be written again with a newer fence", (*liveTest).appendAfterSeal},
		{"Delete removes the text, tells the followers, and stops later Appends", (*liveTest).deleteRooms},
		{"Follow yields exactly the text after the cursor", (*liveTest).followCursor},
		{"Follow yields what is appended and announced while it runs", (*liveTest).followRunning},
		{"Follow yields later revisions and never an earlier one", (*liveTest).followRevisions},
		{"Follow yields a new revision before the deltas", (*liveTest).followRevisionFirst},
		{"Follow yields a reset when a newer fence starts the text again", (*liveTest).followNewerFence},
		{"Follow yields a reset to a follower who has more text than the log", (*liveTest).followLostText},
		{"Follow yields no reset to a follower without deltas", (*liveTest).followWithoutDeltas},
		{"Follow continues with the next reply of the room", (*liveTest).followNextReply},
		{
			"Follow yields each delta once, even if the end of the last reply was never announced",
			(*liveTest).followUnannouncedEnd,
		},
		{"Follow yields events of its own room only", (*liveTest).followOneRoom},
		{"Follow ends when its context is cancelled", (*liveTest).followCancelled},
		{"followers who reconnect while the text is written miss nothing", (*liveTest).followReconnects},
		{"all of 200 followers of one room get its whole text", (*liveTest).followCrowdedRoom},
		{"the followers of 200 rooms each get the whole text of their room", (*liveTest).followManyRooms},
		{"FollowOutcomes yields when it listens, and not after starts and deltas", (*liveTest).followOutcomes},
		{"FollowOutcomes yields nothing for other rooms", (*liveTest).followOutcomesOfOneRoom},
		{"Follow yields starts and deltas beside FollowOutcomes", (*liveTest).followOutcomesBesideFollow},
		{"FollowOutcomes ends when its context is cancelled", (*liveTest).followOutcomesCancelled},
		{"FollowOwner yields when it listens, and after changes in the owner's rooms", (*liveTest).followOwner},
		{"FollowOwner yields nothing for rooms of other owners", (*liveTest).followOneOwner},
		{"FollowOwner combines changes while its consumer is busy", (*liveTest).followOwnerCombines},
		{"FollowOwner continues when another follower of the owner ends", (*liveTest).followOwnerTogether},
		{"FollowOwner ends when its context is cancelled", (*liveTest).followOwnerCancelled},
		{"every method fails if the context is cancelled, and changes nothing", (*liveTest).liveCancelled},
	})
}

// liveTest is a test of a live log with one owner, one room and one running reply.
type liveTest struct {
	*testing.T
	LiveLog
	ctx   context.Context
	owner id.ID
	room  id.ID
	reply id.ID
}

// newLiveTest limits the test to 30 s. Then every Follow ends.
func newLiveTest(t *testing.T, log LiveLog) *liveTest {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return &liveTest{
		T:       t,
		LiveLog: log,
		ctx:     ctx,
		owner:   newID(t),
		room:    newID(t),
		reply:   newID(t),
	}
}

// withNewReply returns the same test with another reply of the room.
func (t *liveTest) withNewReply() *liveTest {
	other := *t
	other.reply = newID(t)
	return &other
}

// withNewRoom returns the same test with another room.
func (t *liveTest) withNewRoom() *liveTest {
	other := *t
	other.room = newID(t)
	return &other
}

// withNewOwner returns the same test with another owner and room.
func (t *liveTest) withNewOwner() *liveTest {
	other := t.withNewRoom()
	other.owner = newID(t)
	return other
}

// attempt returns an attempt at the test's reply.
func (t *liveTest) attempt(fence int64) chat.Attempt {
	return chat.Attempt{Reply: t.reply, Fence: fence}
}

func (t *liveTest) newPiece(fence int64, from int, deltas ...string) chat.Piece {
	return chat.Piece{
		Room:    t.room,
		Attempt: t.attempt(fence),
		From:    from,
		Deltas:  deltas,
	}
}

func (t *liveTest) append(fence int64, from int, deltas ...string) {
	t.Helper()
	must(t, t.Append(t.ctx, t.newPiece(fence, from, deltas...)))
}

// wantRefused checks that Append fails with this error and does not change the text.
func (t *liveTest) wantRefused(p chat.Piece, want error) {
	t.Helper()
	before := t.read()
	wantError(t, t.Append(t.ctx, p), want)
	wantEqual(t, "the text after an Append that failed", t.read(), before)
}

func (t *liveTest) newAnnouncement(rev int64, ended ...chat.Attempt) chat.Announcement {
	return chat.Announcement{
		Owner: t.owner,
		Room:  t.room,
		Rev:   rev,
		Ended: ended,
	}
}

func (t *liveTest) announce(rev int64, ended ...chat.Attempt) {
	t.Helper()
	must(t, t.Announce(t.ctx, t.newAnnouncement(rev, ended...)))
}

func (t *liveTest) delete(revs int64, rooms ...id.ID) {
	t.Helper()
	deleted := make([]chat.Room, len(rooms))
	for i, room := range rooms {
		deleted[i] = chat.Room{ID: room, Owner: t.owner, Rev: revs}
	}
	must(t, t.Delete(t.ctx, deleted...))
}

func (t *liveTest) read() chat.LiveText {
	t.Helper()
	text, err := t.Read(t.ctx, t.room)
	must(t, err)
	return text
}

// wantText checks that Read returns these deltas of an attempt at the test's reply.
func (t *liveTest) wantText(fence int64, deltas ...string) {
	t.Helper()
	wantEqual(t, "the text", t.read(), chat.LiveText{Attempt: t.attempt(fence), Deltas: deltas})
}

// wantEnded checks that the log still has a text that has ended, and that a follower who does
// not know its reply gets nothing of it.
func (t *liveTest) wantEnded(fence int64, deltas ...string) {
	t.Helper()
	wantEqual(t, "the text", t.read(), chat.LiveText{Attempt: t.attempt(fence), Deltas: deltas, Ended: true})
	for e, err := range t.Follow(t.ctx, t.room, chat.Cursor{}) {
		must(t, err)
		if e.Kind != chat.Changed {
			t.Fatalf("Follow yielded %+v of a text that has ended, want only the revision", e)
		}
		break
	}
}

func (t *liveTest) wantNoText() {
	t.Helper()
	wantEqual(t, "the text", t.read(), chat.LiveText{})
}
