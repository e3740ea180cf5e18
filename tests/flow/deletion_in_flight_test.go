package flow

import (
	"context"
	"errors"
	"net/http"
	"path"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// inFlight is a program with a hundred rooms. In each room one reply is running and
// another one is queued.
type inFlight struct {
	*program
	device  device
	store   *memory.Store
	live    *memory.Live
	running atomic.Int64 // calls of the model
	rooms   []string
	replies []string // paths of the running replies
}

// startInFlight starts the program and sends the messages. With ignoreCancel, half of
// the model calls continue when they are canceled.
func startInFlight(t *testing.T, ignoreCancel bool) *inFlight {
	t.Helper()
	f := &inFlight{store: memory.New(), live: memory.NewLive()}
	c := config(t, "BASIC_DAILY_LIMIT", "200", "USER_CONCURRENCY", "0", "USER_BACKLOG", "0")
	f.program, f.device = startLoggedIn(t, c, boot.Use(f.store), boot.Use(f.live), withLLM(modelFunc(f.answer)))
	for i := range 100 {
		room := f.device.NewRoom("r")
		text := "hello"
		if ignoreCancel && i%2 == 0 {
			text = "ignore cancel"
		}
		f.rooms = append(f.rooms, room)
		f.replies = append(f.replies, f.device.Send(room, text))
		f.device.Send(room, "and then", idempotencyKey, room)
	}
	time.Sleep(time.Second)
	f.checkRunning(100)
	return f
}

func (f *inFlight) answer(ctx context.Context, p chat.Prompt, emit func(string) error) error {
	f.running.Add(1)
	defer f.running.Add(-1)
	err := emit("half an ")
	if lastMessage(p) == "ignore cancel" {
		ctx = context.WithoutCancel(ctx)
	}
	return errors.Join(err, sleep(ctx, 30*time.Second), emit("answer"))
}

// checkRunning checks how many calls of the model are running.
func (f *inFlight) checkRunning(want int64) {
	f.t.Helper()
	if got := f.running.Load(); got != want {
		f.t.Errorf("%d calls of the model are running, want %d", got, want)
	}
}

// checkNothingLeft checks that the stores contain nothing of the rooms and their messages.
func (f *inFlight) checkNothingLeft(userID id.ID) {
	f.t.Helper()
	ctx := context.Background()
	depth, err := memory.ReplyQueue{Store: f.store}.Depth(ctx, time.Now())
	if err != nil || depth != (ports.Depth{}) {
		f.t.Errorf("depth of the queue = %+v, %v; want it empty", depth, err)
	}
	if list, err := (memory.Rooms{Store: f.store}).List(ctx, userID, nil, 1000); err != nil || len(list.Rooms) != 0 {
		f.t.Errorf("rooms of the user: %d, %v; want none", len(list.Rooms), err)
	}
	for i, room := range f.rooms {
		roomID, replyID := id.ID(room), id.ID(path.Base(f.replies[i]))
		m, err := memory.Messages{Store: f.store}.Get(ctx, userID, roomID, replyID)
		if !errors.Is(err, chat.ErrNotFound) {
			f.t.Errorf("reply %d = %s %q, %v; want chat.ErrNotFound", i, m.Status, m.Content, err)
		}
		if text, err := f.live.Read(ctx, roomID); text.Reply != "" || err != nil {
			f.t.Errorf("live log of reply %d = %q, %v; want it empty", i, text.Text(), err)
		}
	}
}

func TestErasureStopsRepliesInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := startInFlight(t, true)
		userID := f.device.userID()
		var polls []<-chan client.Response
		for _, replyPath := range f.replies {
			polls = append(polls, f.device.longPoll(replyPath+"?wait=30"))
		}
		synctest.Wait()
		erased := time.Now()
		f.device.eraseAccount()
		f.checkNothingLeft(userID)
		checkStoredCount(t, f.store, userID, time.Now(), 0)
		for _, poll := range polls {
			checkError(t, <-poll, http.StatusNotFound, "not_found")
		}
		checkElapsed(t, erased, 0, 0)
		time.Sleep(reply.RenewEvery)
		f.checkRunning(50) // those that ignore the cancel
		time.Sleep(time.Minute)
		f.checkNothingLeft(userID)
		checkStoredCount(t, f.store, userID, time.Now(), 0)
		f.checkNoErrorLogs()
	})
}

func TestRoomDeletionStopsRepliesInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := startInFlight(t, false)
		userID := f.device.userID()
		for _, room := range f.rooms {
			f.device.Want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
		}
		time.Sleep(reply.RenewEvery)
		f.checkRunning(0)
		for _, replyPath := range f.replies {
			f.device.Want(http.StatusNotFound, "GET", replyPath, nil)
		}
		f.checkNothingLeft(userID)
		f.device.checkMessageCount(200)
		f.checkNoErrorLogs()
	})
}
