package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Feed is the contract of ports.Feed. A feed may return changes again that the follower has
// already seen, so most requirements are about the copy that a follower keeps.
func Feed(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Read returns the running replies of the user", (*storeTest).feedRunning},
		{"Changes returns a room after each kind of change", (*storeTest).feedRooms},
		{"Changes returns deleted rooms, and not among the changed ones", (*storeTest).feedDeleted},
		{"Changes returns everything since an older position", (*storeTest).feedOlderPosition},
		{"Changes returns at most FeedPageRooms rooms, and the next part continues", (*storeTest).feedParts},
		{"Changes returns at most PageBytes of settings, or one room", (*storeTest).feedPartBytes},
		{"a change between two parts comes in a later part or after the last one", (*storeTest).feedBetweenParts},
		{"a follower who is away between two parts misses nothing", (*storeTest).feedResumedParts},
		{"Changes never returns a room of another user", (*storeTest).feedForeign},
		{"Changes returns nothing some time after the last change", (*storeTest).feedQuiet},
		{"Changes fails with ErrPositionUnknown for a position from elsewhere", (*storeTest).feedUnknown},
		{"the feed of an erased user is empty", (*storeTest).feedErased},
		{"followers miss nothing while others write", (*storeTest).feedRace},
		{"every method fails if the context is cancelled", (*storeTest).feedCancelled},
	})
}

func (t *storeTest) readFeed(owner id.ID) chat.Feed {
	t.Helper()
	feed, err := t.Feed.Read(t.ctx, owner)
	must(t, err)
	return feed
}

func (t *storeTest) feedChanges(owner id.ID, since chat.FeedPosition) chat.FeedChanges {
	t.Helper()
	changes, err := t.Feed.Changes(t.ctx, owner, since)
	must(t, err)
	return changes
}

// wantRunning checks which replies Read returns, in any order.
func (t *storeTest) wantRunning(owner id.ID, want ...exchange) {
	t.Helper()
	running := t.readFeed(owner).Running
	got, stored := map[id.ID]chat.Message{}, map[id.ID]chat.Message{}
	for _, m := range running {
		got[m.ID] = m
	}
	for _, x := range want {
		stored[x.reply] = t.getMessage(x, x.reply)
	}
	wantEqual(t, "the running replies", got, stored)
	wantEqual(t, "the number of running replies", len(running), len(want))
}

func (t *storeTest) feedRunning() {
	first := t.addExchange(t.addRoom(), midday)
	second := t.addExchange(t.addRoomOf(first.Owner, midday), midday.Add(time.Second))
	t.cancel(second.stop(midday))
	t.retry(second.again(midday.Add(time.Second)))
	t.addExchange(first.Room, midday.Add(time.Minute))
	foreign := t.addExchange(t.addRoom(), midday.Add(2*time.Second))
	t.wantRunning(first.Owner)
	task := t.wantClaim(midday, first.reply)
	t.wantRunning(first.Owner, first)
	now := midday.Add(2 * time.Second)
	t.wantClaim(now, foreign.reply)
	t.wantClaim(now, second.reply)
	t.wantRunning(first.Owner, first, second)
	t.cancel(first.stop(now))
	t.wantRunning(first.Owner, first, second)
	t.finish(task, stopped, now)
	t.wantRunning(first.Owner, second)
	must(t, t.Rooms.Delete(t.ctx, second.Owner, second.ID))
	t.wantRunning(first.Owner)
	t.wantRunning(newID(t))
}

func (t *storeTest) feedDeleted() {
	r := t.addRoom()
	f := t.newFeedFollower(r.Owner)
	kept, deleted := t.addRoomOf(r.Owner, midday), t.addExchange(t.addRoomOf(r.Owner, midday), midday)
	t.poll(f)
	must(t, t.Rooms.Delete(t.ctx, r.Owner, deleted.ID))
	changes := t.poll(f)
	wantEqual(t, "the deleted rooms", changes.Deleted, []id.ID{deleted.ID})
	wantEqual(t, "whether the deleted room is among the changed ones", hasRoom(changes, deleted.ID), false)
	t.wantCopy(f)
	must(t, t.Rooms.Delete(t.ctx, r.Owner, kept.ID))
	t.wantCopy(f)
	wantEqual(t, "the number of rooms of the copy", len(f.rooms), 1)
}

func (t *storeTest) feedForeign() {
	own, foreign := t.addRoom(), t.addEnded(answered, midday)
	f, other := t.newFeedFollower(own.Owner), t.newFeedFollower(foreign.Owner)
	deleted := t.addExchange(t.addRoomOf(foreign.Owner, midday), midday)
	t.addRoomOf(foreign.Owner, midday)
	t.retry(foreign.again(midday))
	must(t, t.rename(foreign.Room, "Bats"))
	must(t, t.Rooms.Delete(t.ctx, foreign.Owner, deleted.ID))
	t.send(own, midday)
	changes := t.poll(f)
	for _, change := range changes.Rooms {
		wantEqual(t, "the owner of a changed room", change.Owner, own.Owner)
	}
	wantEqual(t, "the deleted rooms", changes.Deleted, []id.ID{})
	t.wantCopy(f)
	t.wantCopy(other)
}

// A store may return the last changes again for as long as other transactions run.
func (t *storeTest) feedQuiet() {
	x := t.addEnded(answered, midday)
	f := t.newFeedFollower(x.Owner)
	t.retry(x.again(midday))
	must(t, t.Rooms.Delete(t.ctx, x.Owner, t.addRoomOf(x.Owner, midday).ID))
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		changes := t.poll(f)
		if len(changes.Rooms) == 0 && len(changes.Deleted) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("Changes still returns %+v %v after the last change, want nothing", changes, patience)
		}
	}
}

func (t *storeTest) feedUnknown() {
	owner := t.addExchange(t.addRoom(), midday).Owner
	at := t.readFeed(owner).At
	past, future := at.Since-1, at.Since+1<<40
	for _, since := range []chat.FeedPosition{
		{Since: -1},
		{Since: future},
		{Since: -1, Until: at.Since, After: newID(t)},
		{Since: at.Since, Until: future, After: newID(t)},
		{Since: at.Since, Until: past, After: newID(t)},
	} {
		wantError(t, errorOf(t.Feed.Changes(t.ctx, owner, since)), chat.ErrPositionUnknown)
	}
	t.feedChanges(owner, at)
}

func (t *storeTest) feedErased() {
	u := t.addFullUser()
	at := t.readFeed(u.User.ID).At
	must(t, t.Rooms.Delete(t.ctx, u.User.ID, t.addRoomOf(u.User.ID, midday).ID))
	t.erase(u.User.ID)
	wantEqual(t, "the running replies", t.readFeed(u.User.ID).Running, []chat.Message{})
	changes := t.feedChanges(u.User.ID, at)
	changes.At = chat.FeedPosition{}
	wantEqual(t, "the changes", changes, chat.FeedChanges{})
}

func (t *storeTest) feedCancelled() {
	owner := t.addRoom().Owner
	at := t.readFeed(owner).At
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Read":    func(ctx context.Context) error { return errorOf(t.Feed.Read(ctx, owner)) },
		"Changes": func(ctx context.Context) error { return errorOf(t.Feed.Changes(ctx, owner, at)) },
	})
}
