//go:build linux

package fault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// Two API processes behind a load balancer are stopped and started again in turn, while
// clients send messages and watch the answers. The clients reconnect. They miss nothing.
func TestWatchersMissNothingInRollingRestarts(t *testing.T) {
	t.Parallel()
	s := newStack(t, func(string, int) rig.Act { return rig.Act{Every: 15 * time.Millisecond} })
	apis := []*rig.Parley{s.start("api", shutdownDelay), s.start("api", shutdownDelay)}
	s.start("worker")
	l := s.newLoad(apis[0], 20)
	balancer := rig.NewBalancer(t, apis...)
	var stopped atomic.Bool
	var talking sync.WaitGroup
	followers := make([]*follower, len(l.rooms))
	for i, r := range l.rooms {
		f := newFollower(room{client.Device{Client: client.At(balancer.URL).As(r.Token), TB: t}, r.id})
		followers[i] = f
		talking.Go(func() { f.talk(i, &stopped) })
	}
	rounds := times(10, 1)
	for range rounds {
		for _, api := range apis {
			api.Stop(25 * time.Second)
			api.Start()
			api.Ready(30 * time.Second)
			balancer.WaitReady(t, 30*time.Second)
		}
	}
	stopped.Store(true)
	talking.Wait()
	var total follower
	for _, f := range followers {
		f.checkView()
		total.answers += f.answers
		total.reconnects += f.reconnects
	}
	if broken := balancer.Broken(); len(broken) > 0 {
		t.Errorf("%d requests failed at the balancer, want none: %q", len(broken), broken[:min(len(broken), 5)])
	}
	if total.reconnects < len(followers) {
		t.Errorf("%d clients reconnected %d times, so the restarts closed too few streams",
			len(followers), total.reconnects)
	}
	t.Logf("%d rounds of 2 restarts: %d clients watched %d answers and reconnected %d times; nothing missed",
		rounds, len(followers), total.answers, total.reconnects)
}

// follower is a client that loads a room and watches it from then on. It reconnects when its
// stream ends.
type follower struct {
	room
	view       *client.View
	stream     *client.Stream
	lastID     string // a cursor of the messages page until the first event
	answers    int
	reconnects int
}

func newFollower(r room) *follower {
	r.Helper()
	page := r.Want(http.StatusOK, "GET", "/chatroom/"+r.id+"/messages", nil)
	monitor, err := url.Parse(page.Link("monitor"))
	if err != nil {
		r.Fatalf("parse the link to the changes: %v", err)
	}
	return &follower{room: r, view: client.NewView(), lastID: monitor.Query().Get("after")}
}

// talk sends messages, and watches the answer to each, until stopped is true.
func (f *follower) talk(n int, stopped *atomic.Bool) {
	f.connect()
	defer func() { f.stream.Close() }()
	for i := 0; !stopped.Load(); i++ {
		text := fmt.Sprintf("%d in room %d, seed %d", i, n, *seed)
		res, err := f.trySend(text)
		if err != nil || res.Status != http.StatusAccepted {
			f.Fatalf("send %q: status %d, body %s, error %v; want 202", text, res.Status, res.Body, err)
		}
		f.watchUntilDone(res.Field("reply.id"))
		f.answers++
	}
}

// watchUntilDone follows the stream until a reply is done.
func (f *follower) watchUntilDone(replyID string) {
	for until := time.Now().Add(acceptTimeout); f.view.Messages[replyID].Status != "done"; {
		if time.Now().After(until) {
			f.Fatalf("the reply %s is not done after %s", replyID, acceptTimeout)
		}
		e, err := f.stream.Next()
		if err != nil {
			f.reconnects++
			f.connect()
			continue
		}
		if err := f.view.Apply(e); err != nil {
			f.Errorf("wrong event: %v", err)
		}
		f.lastID = cmp.Or(f.stream.LastID(), f.lastID)
	}
}

// connect opens the stream after the last event, as often as necessary: a process that stops
// may refuse it or end it immediately.
func (f *follower) connect() {
	for until := time.Now().Add(acceptTimeout); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if f.stream != nil {
			f.stream.Close()
		}
		stream, err := f.Open(context.Background(), "GET", "/chatroom/"+f.id+"/events", nil, "Last-Event-ID", f.lastID)
		if err == nil && stream.Status == http.StatusOK {
			f.stream = stream
			return
		}
		if err == nil {
			stream.Close()
			err = errors.New(http.StatusText(stream.Status))
		}
		f.Errorf("open a stream: %v", err)
	}
	f.Fatalf("no stream was opened within %s", acceptTimeout)
}

// checkView fails the test unless the client shows the messages of the room as they are
// stored.
func (f *follower) checkView() {
	f.Helper()
	var all []client.Message
	for path := "/chatroom/" + f.id + "/messages?limit=100"; path != ""; {
		res := f.Want(http.StatusOK, "GET", path, nil)
		var page []client.Message
		if err := res.Decode(&page); err != nil {
			f.Fatalf("decode a page of messages: %v", err)
		}
		all = append(all, page...)
		path = res.Link("prev")
	}
	for _, m := range all {
		if shown := f.view.Messages[m.ID]; shown != m {
			f.Errorf("the client shows %+v, want %+v", shown, m)
		}
	}
	if len(f.view.Messages) != len(all) {
		f.Errorf("the client shows %d messages, want %d", len(f.view.Messages), len(all))
	}
}
