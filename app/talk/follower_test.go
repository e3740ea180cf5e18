package talk_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// firstError returns the error that ends a sequence, nil if there is none within a second.
func firstError(ctx context.Context, watch func(context.Context) iter.Seq2[talk.Update, error]) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, updateErr := range watch(ctx) {
		err = updateErr
	}
	return err
}

// follower collects the updates of a stream. Tests run in a synctest bubble.
type follower struct {
	*testing.T
	mu      sync.Mutex
	updates []talk.Update // since the last call of take
	all     []talk.Update
	err     error
	ended   bool
	stop    context.CancelFunc
}

func follow(t *testing.T, watch func(context.Context) iter.Seq2[talk.Update, error]) *follower {
	ctx, stop := context.WithCancel(t.Context())
	f := &follower{T: t, stop: stop}
	t.Cleanup(stop)
	go func() {
		for u, err := range watch(ctx) {
			f.add(u, err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.ended = true
	}()
	synctest.Wait()
	return f
}

func (f *follower) add(u talk.Update, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if u.Kind != talk.Began {
		f.updates = append(f.updates, u)
	}
	f.all = append(f.all, u)
	f.err = err
}

// first returns the first update.
func (f *follower) first() talk.Update {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all[0]
}

// take returns the updates since the last call as strings, without those of rooms.
func (f *follower) take() []string {
	f.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		f.Fatalf("the stream failed: %v", f.err)
	}
	var out []string
	for _, u := range f.updates {
		out = append(out, describe(u))
	}
	f.updates = nil
	return out
}

func (f *follower) want(want ...string) {
	f.Helper()
	if got := f.take(); !slices.Equal(got, want) {
		f.Errorf("the updates are\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func describe(u talk.Update) string {
	switch u.Kind {
	case talk.TextAppended:
		return "delta " + u.Delta.Text
	case talk.TextReset:
		return "reset"
	case talk.RoomChanged:
		return "room " + u.Room.Name
	case talk.RoomDeleted:
		return "deleted"
	case talk.Resync:
		return "resync"
	}
	who := "reply"
	if u.Message.FromUser {
		who = "prompt"
	}
	return strings.TrimSpace(who + " " + string(u.Message.Status) + " " + u.Message.Content)
}

// job is a reply that a test writes like a worker.
type job struct {
	*testing.T
	h    *harness
	task reply.Task
	sent int // deltas
}

// claim claims the only due reply and announces it.
func (h *harness) claim(t *testing.T) *job {
	t.Helper()
	queue := memory.ReplyQueue{Store: h.store}
	tasks, err := queue.Claim(t.Context(), clock{}.Now(), reply.Lease, 9, 0)
	if err != nil || len(tasks) != 1 {
		t.Fatalf("claimed %+v, %v, want one reply", tasks, err)
	}
	j := &job{T: t, h: h, task: tasks[0]}
	started := chat.Announcement{Owner: ada, Room: j.task.Room, Rev: j.task.Rev, Started: true}
	if err := h.live.Announce(t.Context(), started); err != nil {
		t.Fatalf("announcing the start of an attempt: %v", err)
	}
	return j
}

func (j *job) attempt() chat.Attempt { return chat.Attempt{Reply: j.task.Reply, Fence: j.task.Fence} }

func (j *job) announce(rev int64, ended ...chat.Attempt) {
	j.Helper()
	a := chat.Announcement{Owner: ada, Room: j.task.Room, Rev: rev, Ended: ended}
	if err := j.h.live.Announce(j.Context(), a); err != nil {
		j.Fatalf("announcing: %v", err)
	}
}

func (j *job) write(deltas ...string) {
	j.Helper()
	p := chat.Piece{Room: j.task.Room, Attempt: j.attempt(), From: j.sent, Deltas: deltas}
	if err := j.h.live.Append(j.Context(), p); err != nil {
		j.Fatalf("appending: %v", err)
	}
	j.sent += len(deltas)
}

// store writes the outcome without an announcement, and returns the room's revision.
func (j *job) store(o reply.Outcome) int64 {
	j.Helper()
	queue := memory.ReplyQueue{Store: j.h.store}
	f, err := queue.Finish(j.Context(), j.task.Reply, j.task.Fence, o, clock{}.Now())
	if err != nil {
		j.Fatalf("finishing: %v", err)
	}
	return f.Rev
}

func (j *job) finish(o reply.Outcome) {
	j.Helper()
	j.announce(j.store(o), j.attempt())
}

func done(text string) reply.Outcome { return reply.Outcome{Status: chat.Done, Content: text} }

// watchRoom follows a room from a cursor, nil for now.
func (h *harness) watchRoom(t *testing.T, room string, from *chat.Cursor) *follower {
	t.Helper()
	watch, err := h.WatchRoom(t.Context(), ada, room, from)
	if err != nil {
		t.Fatalf("watching a room: %v", err)
	}
	return follow(t, watch)
}

// watchRooms follows all rooms of ada from a cursor, nil for now.
func (h *harness) watchRooms(t *testing.T, from *talk.FeedCursor) *follower {
	t.Helper()
	watch, err := h.WatchRooms(t.Context(), ada, from)
	if err != nil {
		t.Fatalf("watching all rooms: %v", err)
	}
	return follow(t, watch)
}

// watchReply returns the watch function of a send.
func (h *harness) watchReply(sent talk.SendResult) func(context.Context) iter.Seq2[talk.Update, error] {
	return func(ctx context.Context) iter.Seq2[talk.Update, error] { return h.WatchReply(ctx, sent) }
}

// newRoom returns the id of a new room.
func (h *harness) newRoom(t *testing.T, name string) string {
	t.Helper()
	r, err := h.Create(t.Context(), ada, chat.RoomUpdate{Name: &name})
	if err != nil {
		t.Fatalf("creating a room: %v", err)
	}
	return string(r.ID)
}

func (h *harness) mustSend(t *testing.T, room string) (replyID id.ID) {
	t.Helper()
	sent, err := h.send(t.Context(), room)
	if err != nil {
		t.Fatalf("sending a message: %v", err)
	}
	return sent.Reply
}

// expireLease waits until the leases of crashed workers have expired.
func expireLease() { time.Sleep(reply.Lease) }
