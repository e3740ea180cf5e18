package portstest

import (
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Each of 10 users has replies in three rooms. Two are finished with their claims, one of them with
// a refund. The third one is finished with an old fence.
func (t *storeTest) finishMixed() {
	var rooms []chat.Room
	for range 10 {
		r := t.addRoom()
		rooms = append(rooms, r, t.addRoomOf(r.Owner, midday), t.addRoomOf(r.Owner, midday))
	}
	for i, r := range rooms {
		t.send(r, midday)
		if i%3 < 2 {
			t.send(r, midday)
		}
	}
	tasks := map[id.ID]reply.Task{}
	for _, task := range t.claimUpTo(midday, 2*len(rooms)) {
		tasks[task.Room] = task
	}
	finished := make([]ports.Finished, len(rooms))
	errs := concurrently(len(rooms), func(i int) (err error) {
		task := tasks[rooms[i].ID]
		o, fence := answered, task.Fence
		switch i % 3 {
		case 1:
			o = failed
		case 2:
			fence++
		}
		finished[i], err = t.ReplyQueue.Finish(t.ctx, task.Reply, fence, o, midday)
		return err
	})
	for i, err := range errs {
		wantError(t, err, []error{nil, nil, reply.ErrClaimLost}[i%3])
		messages := t.allMessages(rooms[i])
		want := []chat.Status{chat.Done, chat.Failed, chat.Running}[i%3]
		if messages[1].Status != want {
			t.Fatalf("the reply of room %d is %s, want %s", i, messages[1].Status, want)
		}
		if i%3 < 2 && (finished[i].Next != messages[3].ID || finished[i].Rev != messages[1].Rev) {
			t.Fatalf("Finish of room %d returned %+v, want the next reply %s and revision %d",
				i, finished[i], messages[3].ID, messages[1].Rev)
		}
		t.wantCount(rooms[i].Owner, midday, 4)
	}
}
