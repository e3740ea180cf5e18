package flow

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// fakeLoad is a load of one slot and a number of users that a test chooses. A Pro user has
// passed 100 of them.
type fakeLoad struct {
	usersAhead  atomic.Int64
	unavailable atomic.Bool
	reads       atomic.Int64 // calls of UsersAhead
}

type loadedQueue struct {
	ports.ReplyQueue
	*fakeLoad
}

// UsersAhead implements ports.ReplyQueue.
func (q loadedQueue) UsersAhead(_ context.Context, _ time.Time, headStart time.Duration, limit int) (int, error) {
	q.reads.Add(1)
	if q.unavailable.Load() {
		return 0, errors.New("the query took too long")
	}
	n := int(q.usersAhead.Load())
	if headStart > 0 {
		n -= 100
	}
	return min(n, limit), nil
}

type loadedWorkers struct{ ports.Workers }

// Capacity implements ports.Workers.
func (loadedWorkers) Capacity(context.Context, time.Time) (reply.Capacity, error) {
	return reply.Capacity{Slots: 20}, nil
}

// options returns the options for a program with this load.
func (l *fakeLoad) options() []boot.Option {
	return []boot.Option{
		boot.Wrap(func(q ports.ReplyQueue) ports.ReplyQueue { return loadedQueue{q, l} }),
		boot.Wrap(func(w ports.Workers) ports.Workers { return loadedWorkers{w} }),
	}
}

// checkLongWait checks that a response refuses a message because it would wait too long.
func checkLongWait(t *testing.T, r client.Response, retryAfter string) {
	t.Helper()
	checkError(t, r, http.StatusServiceUnavailable, "overloaded")
	checkRetryAfter(t, r, retryAfter)
	if detail := r.Field("detail"); !strings.Contains(detail, "in a few minutes") {
		t.Errorf("the detail is %q, want that the user tries again in a few minutes", detail)
	}
}

// With 20 slots and answers of at most a minute, 100 users wait for 5 minutes.
func TestMessagesAreRefusedWhenTheyWouldWaitLongerThanFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := &fakeLoad{}
		p, d := startLoggedIn(t, config(t, "BASIC_DAILY_LIMIT", "20"), load.options()...)
		room := d.NewRoom("r")
		first := d.Send(room, "hello", idempotencyKey, "k")
		d.waitFinal(first)
		pro := p.newDevice().Login(client.Number())
		p.upgrade(pro)
		proRoom := pro.NewRoom("p")

		load.usersAhead.Store(100)
		time.Sleep(time.Second)
		d.Send(room, "hello")
		load.usersAhead.Store(140)
		time.Sleep(10 * time.Second)
		checkLongWait(t, d.postMessage(room, "hello", idempotencyKey, "refused"), "120")
		for _, r := range d.askAgain(first, d.promptOf(first)) {
			if r.Status != http.StatusConflict { // it is not the last reply of the room
				t.Errorf("a retry or edit of an earlier reply returned %d %s, want 409", r.Status, r.Body)
			}
		}
		d.checkMessageCount(2)
		if again := d.Send(room, "hello", idempotencyKey, "k"); again != first {
			t.Errorf("a message that is sent again with its key has the reply %s, want the first one, %s", again, first)
		}
		pro.Send(proRoom, "hello") // has 40 users ahead
		load.usersAhead.Store(100_000)
		time.Sleep(time.Second)
		checkLongWait(t, d.postMessage(room, "hello"), "300")
		checkLongWait(t, pro.postMessage(proRoom, "hello"), "300")

		load.usersAhead.Store(0)
		time.Sleep(time.Minute)
		d.Send(room, "hello", idempotencyKey, "refused")
		d.checkMessageCount(3)
		for text, want := range map[string]int{"msg=\"overload:": 1, "overload ended": 1, "level=ERROR": 1} {
			p.checkLogCount(text, want)
		}
	})
}

// An operator sees the end of an overload although nobody sends a message.
func TestTheEndOfALongWaitIsLoggedWithoutAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := &fakeLoad{}
		load.usersAhead.Store(1000)
		p, d := startLoggedIn(t, config(t), load.options()...)
		checkLongWait(t, d.postMessage(d.NewRoom("r"), "hello"), "300")
		load.usersAhead.Store(0)
		time.Sleep(50 * time.Second)
		p.checkLogCount("overload ended", 0)
		time.Sleep(20 * time.Second)
		p.checkLogCount("overload ended", 1)
	})
}

// The last reply of a room can be asked for again only without an overload.
func TestALongWaitRefusesRetriesAndEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := &fakeLoad{}
		_, d := startLoggedIn(t, config(t), load.options()...)
		replyPath := d.Send(d.NewRoom("r"), "hello")
		d.waitFinal(replyPath)
		load.usersAhead.Store(101)
		time.Sleep(time.Second)
		for _, r := range d.askAgain(replyPath, d.promptOf(replyPath)) {
			checkLongWait(t, r, "3")
		}
		d.checkMessageCount(1)
	})
}

// The store is asked at most once a second, and not at all for a refused body. If it fails,
// nobody is refused.
func TestAnUnknownLoadRefusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := &fakeLoad{}
		load.usersAhead.Store(1000)
		p, d := startLoggedIn(t, config(t), load.options()...)
		room := d.NewRoom("r")
		load.unavailable.Store(true)
		for range 3 {
			d.Send(room, "hello")
		}
		if n := load.reads.Load(); n != 1 {
			t.Errorf("the load was read %d times within a second, want once", n)
		}
		load.unavailable.Store(false)
		time.Sleep(time.Second)
		checkLongWait(t, d.postMessage(room, "hello"), "300")
		p.checkLogCount("level=ERROR", 1)
	})
}
