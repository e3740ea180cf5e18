//go:build linux

package fault

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// Somebody holds a lock for a minute: on a room, on a user, or on the table of the messages, as a
// migration does that waits for a backup. Requests that need it are answered with 503 and
// Retry-After. All other requests succeed, and after the end of the lock all of them do.
func TestLocksDelayOnlyWhatNeedsThem(t *testing.T) {
	s := newStack(t, nil)
	api := s.start("api")
	s.start("worker")
	victim, other := s.newChat(api), s.newChat(api)
	for name, c := range map[string]struct {
		lock string
		args []any
		open []call // calls that must succeed
	}{
		"room": {
			lock: "SELECT FROM rooms WHERE id = $1 FOR UPDATE",
			args: []any{victim.room},
			open: append(other.calls(), victim.list(), s.login(api), ready(api)),
		},
		"user": {
			lock: "SELECT FROM users WHERE id = (SELECT owner FROM rooms WHERE id = $1) FOR UPDATE",
			args: []any{victim.room},
			open: append(other.calls(), victim.list(), s.login(api), ready(api)),
		},
		"messages": {
			lock: "LOCK TABLE messages",
			open: []call{victim.list(), other.list(), s.login(api), ready(api)},
		},
	} {
		release := s.hold(c.lock, c.args...)
		l := &lockLoad{stack: s, statuses: map[string]map[int]int{}}
		l.run(append(victim.calls(), other.calls()...), c.open)
		release()
		s.Logf("%s locked: statuses of the calls that need it %v, of others %v", name, l.statuses["needs"],
			l.statuses["open"])
		for _, after := range append(victim.calls(), other.calls()...) {
			if r, err := after(); err != nil || r.Status >= 300 {
				s.Errorf("%s: after the lock a request was answered with %d %s, %v", name, r.Status, r.Body, err)
			}
		}
	}
}

// call is a request.
type call func() (client.Response, error)

// lockedChat is a user with a room.
type lockedChat struct {
	client.Device
	room string
}

func (s *stack) newChat(api *rig.Parley) lockedChat {
	s.Helper()
	d := rig.Person(s, api.URL())
	return lockedChat{d, d.NewRoom("Owls")}
}

// calls are requests that need the room, the user and the messages.
func (c lockedChat) calls() []call {
	path := "/chatroom/" + c.room
	return []call{
		func() (client.Response, error) {
			return c.Call("POST", path+"/message", map[string]string{"content": "Hoo?"})
		},
		func() (client.Response, error) { return c.Call("GET", path+"/messages", nil) },
		func() (client.Response, error) {
			return c.Call("PATCH", path, map[string]string{"name": "Owls"})
		},
	}
}

// list requests the rooms of the user.
func (c lockedChat) list() call {
	return func() (client.Response, error) { return c.Call("GET", "/chatroom", nil) }
}

// login logs a new user in.
func (s *stack) login(api *rig.Parley) call {
	return func() (client.Response, error) {
		rig.Person(s, api.URL())
		return client.Response{Status: http.StatusOK}, nil
	}
}

func ready(api *rig.Parley) call {
	return func() (client.Response, error) { return client.At(api.URL()).Call("GET", "/readyz", nil) }
}

// hold runs a statement that locks rows or a table, until release is called.
func (s *stack) hold(statement string, args ...any) (release func()) {
	s.Helper()
	conn := s.connect()
	tx, err := conn.Begin(context.Background())
	if err == nil {
		_, err = tx.Exec(context.Background(), statement, args...)
	}
	if err != nil {
		s.Fatalf("lock: %v", err)
	}
	return func() { closeConnection(conn) }
}

func closeConnection(conn *pgx.Conn) { _ = conn.Close(context.Background()) }

// lockLoad repeats requests while a lock is held.
type lockLoad struct {
	*stack
	mu       sync.Mutex
	statuses map[string]map[int]int // number of responses by kind of the request and status
}

// run repeats the calls that may need the lock with 8 clients each, and those that must succeed with
// one client each.
func (l *lockLoad) run(needs, open []call) {
	l.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(times(60, 5))*time.Second)
	defer cancel()
	var clients sync.WaitGroup
	for _, c := range needs {
		for range 8 {
			clients.Go(func() { l.repeat(ctx, "needs", c) })
		}
	}
	for _, c := range open {
		clients.Go(func() { l.repeat(ctx, "open", c) })
	}
	clients.Wait()
}

func (l *lockLoad) repeat(ctx context.Context, kind string, c call) {
	for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		began := time.Now()
		r, err := c()
		l.check(kind, r, err, time.Since(began))
	}
}

// check checks a response, and counts it.
func (l *lockLoad) check(kind string, r client.Response, err error, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.statuses[kind] == nil {
		l.statuses[kind] = map[int]int{}
	}
	l.statuses[kind][r.Status]++
	isRefused := r.Status == http.StatusServiceUnavailable && r.Header.Get("Retry-After") != ""
	switch {
	case err != nil:
		l.Errorf("a request failed: %v", err)
	case kind == "open" && r.Status >= 300 || kind == "needs" && r.Status >= 300 && !isRefused:
		l.Errorf("%s: status %d %s with Retry-After %q", kind, r.Status, r.Body, r.Header.Get("Retry-After"))
	case took > 10*time.Second:
		l.Errorf("%s: a response took %v, want at most 10 s", kind, took)
	}
}
