package flow

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// polling asks for a message in the background.
func (d device) polling(path string) <-chan client.Answer {
	answers := make(chan client.Answer, 1)
	go func() {
		a, err := d.Call("GET", path, nil)
		if err != nil {
			d.t.Error(err)
		}
		answers <- a
	}()
	return answers
}

func TestALongPollReturnsWhenTheReplyIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ECHO_LATENCY", "5s"))
		reply := d.ask(d.room("r"), "hello")
		for _, p := range []<-chan client.Answer{d.polling(reply + "?wait=30"), d.polling(reply + "?wait=6")} {
			if a := <-p; a.Get("status") != "done" || a.Get("content") != "You said: hello" {
				t.Errorf("poll: %s", a.Body)
			}
		}
		took(t, midnight(0), 5*time.Second, 5*time.Second)
	})
}

func TestALongPollReturnsWhatThereIsWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ECHO_LATENCY", "40s"))
		reply := d.ask(d.room("r"), "a b") // four words, one in 10 s
		time.Sleep(time.Second)
		for _, c := range []struct {
			query, want string
			wait        time.Duration
		}{{"", "", 0}, {"?wait=0", "", 0}, {"?wait=2", "", 2 * time.Second}, {"?wait=30", "You said: a ", 30 * time.Second}} {
			began := time.Now()
			if a := d.want(http.StatusOK, "GET", reply+c.query, nil); a.Get("status") != "running" || a.Get("content") != c.want {
				t.Errorf("poll: %s, want %q", a.Body, c.want)
			}
			took(t, began, c.wait, c.wait)
		}
	})
}

func TestALongPollOfADeletedRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ECHO_LATENCY", "20s"))
		room := d.room("r")
		poll := d.polling(d.ask(room, "hello") + "?wait=30")
		time.Sleep(5 * time.Second)
		d.want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
		refused(t, <-poll, 404, "not_found")
		took(t, midnight(0), 5*time.Second, 7*time.Second)
	})
}

func TestALongPollEndsWhenTheProgramStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t, "ECHO_LATENCY", "10s"))
		poll := d.polling(d.ask(d.room("r"), "hello") + "?wait=30")
		time.Sleep(4 * time.Second)
		go func() {
			if err := p.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		if a := <-poll; a.Status != http.StatusOK || a.Get("status") != "running" || a.Get("content") != "You " {
			t.Errorf("poll: %d %s", a.Status, a.Body)
		}
		took(t, midnight(0), 4*time.Second, 4*time.Second)
		d.want(http.StatusServiceUnavailable, "GET", "/readyz", nil)
		time.Sleep(time.Minute)
	})
}

// One whose client goes away is nobody's fault.
func TestALongPollThatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t, "ECHO_LATENCY", "20s"))
		reply := d.ask(d.room("r"), "hello")
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", reply+"?wait=30", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+d.Token)
		p.ServeHTTP(discard{http.Header{}}, r)
		took(t, midnight(0), 3*time.Second, 3*time.Second)
		d.done(reply, "You said: hello")
		p.calm()
	})
}

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// deaf is a live log that is away.
type deaf struct{}

var errDeaf = errors.New("the live log is away")

func (deaf) Append(context.Context, chat.Piece) error               { return errDeaf }
func (deaf) Announce(context.Context, id.ID, int64, ...id.ID) error { return errDeaf }
func (deaf) Delete(context.Context, ...chat.Room) error             { return errDeaf }
func (deaf) Read(_ context.Context, _, _ id.ID) (string, error)     { return "", errDeaf }
func (deaf) Follow(context.Context, id.ID, chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) { yield(chat.Event{}, errDeaf) }
}

// forgetful is one that loses what is written between any two calls.
type forgetful struct{ deaf }

func (forgetful) Append(_ context.Context, p chat.Piece) error {
	if p.From > 0 {
		return chat.ErrGap
	}
	return nil
}

func TestALiveLogThatIsAwayCostsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, live := range []ports.Live{deaf{}, forgetful{}} {
			p, d := indoors(t, config(t, "ECHO_LATENCY", "5s"), boot.Wrap(func(ports.Live) ports.Live { return live }))
			sent := time.Now()
			room := d.room("r")
			poll := d.polling(d.ask(room, "hello") + "?wait=30")
			time.Sleep(3 * time.Second)
			if list, _ := d.messages("/chatroom/" + room + "/messages"); list[1].Status != "running" || list[1].Content != "" {
				t.Errorf("running: %+v", list[1])
			}
			if a := <-poll; a.Get("status") != "done" || a.Get("content") != "You said: hello" {
				t.Errorf("poll: %s", a.Body)
			}
			took(t, sent, 5*time.Second, 7*time.Second)
			d.want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
			p.calm()
		}
	})
}
