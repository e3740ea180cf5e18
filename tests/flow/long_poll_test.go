package flow

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// longPoll requests a message in the background. The channel receives the response.
func (d device) longPoll(path string) <-chan client.Response {
	responses := make(chan client.Response, 1)
	go func() {
		r, err := d.Call("GET", path, nil)
		if err != nil {
			d.Errorf("long poll of %s failed: %v", path, err)
		}
		responses <- r
	}()
	return responses
}

func TestALongPollReturnsWhenTheReplyIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "5s"))
		reply := d.Send(d.NewRoom("r"), "hello")
		polls := []<-chan client.Response{d.longPoll(reply + "?wait=30"), d.longPoll(reply + "?wait=6")}
		for _, poll := range polls {
			checkFields(t, <-poll, map[string]string{"status": "done", "content": "You said: hello"})
		}
		checkElapsed(t, midnight(0), 5*time.Second, 5*time.Second)
	})
}

func TestALongPollReturnsTheTextSoFarAtTheEndOfItsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "40s"))
		reply := d.Send(d.NewRoom("r"), "a b") // the answer has four words, one each ten seconds
		time.Sleep(time.Second)
		for _, c := range []struct {
			query, want string
			wait        time.Duration
		}{
			{"", "", 0},
			{"?wait=0", "", 0},
			{"?wait=2", "", 2 * time.Second},
			{"?wait=30", "You said: a ", 30 * time.Second},
		} {
			began := time.Now()
			r := d.Want(http.StatusOK, "GET", reply+c.query, nil)
			checkFields(t, r, map[string]string{"status": "running", "content": c.want})
			checkElapsed(t, began, c.wait, c.wait)
		}
	})
}

func TestALongPollReturnsNotFoundWhenTheRoomIsDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "20s"))
		room := d.NewRoom("r")
		poll := d.longPoll(d.Send(room, "hello") + "?wait=30")
		time.Sleep(5 * time.Second)
		d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
		checkError(t, <-poll, http.StatusNotFound, "not_found")
		checkElapsed(t, midnight(0), 5*time.Second, 7*time.Second)
	})
}

func TestALongPollReturnsTheTextSoFarAtShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "10s"))
		poll := d.longPoll(d.Send(d.NewRoom("r"), "hello") + "?wait=30")
		time.Sleep(4 * time.Second)
		go p.stop()
		r := <-poll
		if r.Status != http.StatusOK {
			t.Errorf("status of the long poll = %d, want 200", r.Status)
		}
		checkFields(t, r, map[string]string{"status": "running", "content": "You "})
		checkElapsed(t, midnight(0), 4*time.Second, 4*time.Second)
		d.Want(http.StatusServiceUnavailable, "GET", "/readyz", nil)
		time.Sleep(time.Minute)
	})
}

// newLongPoll returns a request that waits for a reply until ctx ends, at most 30 s.
func newLongPoll(ctx context.Context, d device, replyPath string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, "GET", "http://localhost"+replyPath+"?wait=30", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+d.Token)
	return r
}

func TestTheReplyIsStillAnsweredWhenTheClientStopsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "20s"))
		reply := d.Send(d.NewRoom("r"), "hello")
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		p.ServeHTTP(httptest.NewRecorder(), newLongPoll(ctx, d, reply))
		checkElapsed(t, midnight(0), 3*time.Second, 3*time.Second)
		d.checkAnswer(reply, "You said: hello")
		p.checkNoErrorLogs()
	})
}

func TestALongPollEndsImmediatelyWhenTheClientDisconnects(t *testing.T) {
	hang := func(chat.Prompt, int) fake.EchoAnswer { return fake.EchoAnswer{Hang: true} }
	inBubble(t, func(t *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		reply := d.Send(d.NewRoom("Gone"), "are you there")
		ctx, disconnect := context.WithCancel(t.Context())
		ended := false
		go func() {
			p.ServeHTTP(httptest.NewRecorder(), newLongPoll(ctx, d, reply))
			ended = true
		}()
		synctest.Wait()
		if ended {
			t.Fatal("the long poll did not wait for the reply")
		}
		disconnect()
		synctest.Wait()
		if !ended {
			t.Error("the long poll did not end when the client disconnected")
		}
		if log := p.Log.String(); !strings.Contains(log, "request canceled by the client") {
			t.Errorf("the log does not say that the client canceled the request:\n%s", log)
		}
		p.checkNoErrorLogs()
	}, boot.Use(fake.NewEcho(fake.EchoOptions{Script: hang})))
}

var errLiveDown = errors.New("the live log is down")

// failingLive is a ports.Live and a ports.LiveReader that always fails.
type failingLive struct{}

func (failingLive) Append(context.Context, chat.Piece) error                 { return errLiveDown }
func (failingLive) Announce(context.Context, chat.Announcement) error        { return errLiveDown }
func (failingLive) Delete(context.Context, ...chat.Room) error               { return errLiveDown }
func (failingLive) Read(context.Context, id.ID) (t chat.LiveText, err error) { return t, errLiveDown }
func (failingLive) Seal(context.Context, id.ID, chat.Attempt) (t chat.LiveText, err error) {
	return t, errLiveDown
}
func (failingLive) Follow(context.Context, id.ID, chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) { yield(chat.Event{}, errLiveDown) }
}
func (failingLive) FollowOutcomes(context.Context, id.ID) iter.Seq[error] {
	return func(yield func(error) bool) { yield(errLiveDown) }
}
func (failingLive) FollowOwner(context.Context, id.ID) iter.Seq[error] {
	return func(yield func(error) bool) { yield(errLiveDown) }
}

// lossyLive is a ports.Live that loses all deltas between two calls.
type lossyLive struct{ failingLive }

// Append fails with chat.ErrGap unless the piece starts with the first delta.
func (lossyLive) Append(_ context.Context, p chat.Piece) error {
	if p.From > 0 {
		return chat.ErrGap
	}
	return nil
}

// withLive makes the program use a live log.
func withLive[L interface {
	ports.Live
	ports.LiveReader
}](l L) []boot.Option {
	return []boot.Option{
		boot.Wrap(func(ports.Live) ports.Live { return l }),
		boot.Wrap(func(ports.LiveReader) ports.LiveReader { return l }),
	}
}

// Without the live log, only the text of running replies is missing.
func TestRepliesAreAnsweredWithoutTheLiveLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, live := range [][]boot.Option{withLive(failingLive{}), withLive(lossyLive{})} {
			p, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "5s"), live...)
			sent := time.Now()
			room := d.NewRoom("r")
			poll := d.longPoll(d.Send(room, "hello") + "?wait=30")
			time.Sleep(3 * time.Second)
			if m := d.newestMessages(room)[1]; m.Status != "running" || m.Content != "" {
				t.Errorf("the reply after 3 s = %+v, want it running and without text", m)
			}
			checkFields(t, <-poll, map[string]string{"status": "done", "content": "You said: hello"})
			checkElapsed(t, sent, 5*time.Second, 7*time.Second)
			d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
			p.checkNoErrorLogs()
		}
	})
}
