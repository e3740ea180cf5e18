package portstest

import (
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// removeDeleted calls RemoveDeleted until nothing is left.
func (t *storeTest) removeDeleted() {
	t.Helper()
	for calls := 0; ; calls++ {
		more, err := t.Retention.RemoveDeleted(t.ctx)
		must(t, err)
		if !more {
			return
		}
		if calls == 100 {
			t.Fatalf("RemoveDeleted still reports more after %d calls", calls)
		}
	}
}

// wantUnreachable checks that no method finds the room of the user and its messages.
func (t *storeTest) wantUnreachable(u FullUser) {
	t.Helper()
	x := exchange{Room: u.Room, reply: u.Done}
	t.wantNoRoom(u.User.ID, u.Room.ID)
	t.wantRooms(u.User.ID, nil, 50)
	t.wantFound(u.User.ID, "voles")
	wantEqual(t, "the running replies", t.readFeed(u.User.ID).Running, []chat.Message(nil))
	for what, err := range map[string]error{
		"Get":        errorOf(t.Messages.Get(t.ctx, x.Owner, x.ID, x.reply)),
		"Accept":     errorOf(t.Messages.Accept(t.ctx, t.newDraft(x.Room, midday))),
		"Versions":   errorOf(t.MessageChanges.Versions(t.ctx, x.versionsOf(x.reply))),
		"Retry":      errorOf(t.MessageChanges.Retry(t.ctx, x.again(midday))),
		"Cancel":     errorOf(t.MessageChanges.Cancel(t.ctx, x.stop(midday))),
		"History":    errorOf(t.Conversations.History(t.ctx, chat.HistoryQuery{Owner: x.Owner, Room: x.ID, Limit: 10})),
		"SetTitle":   errorOf(t.Conversations.SetTitle(t.ctx, x.Owner, x.ID, "Owls")),
		"SetSummary": t.setSummary(x.Room, 2, 3),
		"Update":     errorOf(t.Rooms.Update(t.ctx, x.Owner, x.ID, chat.RoomUpdate{Name: new("Owls")})),
		"Delete":     t.Rooms.Delete(t.ctx, x.Owner, x.ID),
	} {
		if !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("%s of a deleted room: error = %v, want chat.ErrNotFound", what, err)
		}
	}
	task := u.Running
	wantError(t, t.ReplyQueue.Renew(t.ctx, task.Reply, task.Fence, midday, reply.Lease), reply.ErrDeleted)
	wantError(t, errorOf(t.ReplyQueue.Finish(t.ctx, task.Reply, task.Fence, answered, midday)), reply.ErrDeleted)
}

func (t *storeTest) roomsDeleteUnreachable() {
	deleted, other := t.addFullUser(), t.addFullUser()
	must(t, t.Rooms.Delete(t.ctx, deleted.User.ID, deleted.Room.ID))
	t.wantUnreachable(deleted)
	t.removeDeleted()
	t.wantUnreachable(deleted)
	t.wantCount(deleted.User.ID, midday, 3)
	t.wantIntact(other)
}

func (t *storeTest) eraseUnreachable() {
	erased, other := t.addFullUser(), t.addFullUser()
	t.erase(erased.User.ID)
	t.wantUnreachable(erased)
	t.removeDeleted()
	t.wantUnreachable(erased)
	t.wantIntact(other)
}

// oldestDeleted returns OldestDeleted at the present time.
func (t *storeTest) oldestDeleted() time.Duration {
	t.Helper()
	age, err := t.Retention.OldestDeleted(t.ctx, time.Now())
	must(t, err)
	return age
}

func (t *storeTest) removeOldest() {
	wantEqual(t, "the age of the oldest deleted room without one", t.oldestDeleted(), time.Duration(0))
	r := t.addRoom()
	must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	if age := t.oldestDeleted(); age > patience {
		t.Errorf("the room was deleted %s ago, want now", age)
	}
	t.erase(r.Owner)
	t.removeDeleted()
	wantEqual(t, "the age of the oldest deleted room after all are removed", t.oldestDeleted(), time.Duration(0))
}

func (t *storeTest) removeConcurrently() {
	kept := t.addFullUser()
	for range 5 {
		t.erase(t.addFullUser().User.ID)
	}
	errs := concurrently(4, func(int) error {
		for range 20 {
			if _, err := t.Retention.RemoveDeleted(t.ctx); err != nil {
				return err
			}
		}
		return nil
	})
	wantErrorCounts(t, errs, map[error]int{nil: 4})
	t.removeDeleted()
	t.wantIntact(kept)
}
