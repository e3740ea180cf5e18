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
	"github.com/kuvaka-tech/parley/ports"
)

// erases erases a device's account.
func (d device) erases() {
	d.t.Helper()
	if a := d.want(http.StatusNoContent, "DELETE", "/user/me", nil); len(a.Body) != 0 {
		d.t.Errorf("erased, and said %s", a.Body)
	}
}

// out checks that a device's token opens nothing.
func (d device) out() {
	d.t.Helper()
	for _, call := range [][2]string{{"GET", "/user/me"}, {"DELETE", "/user/me"}, {"GET", "/chatroom"}, {"POST", "/chatroom"}, {"GET", "/subscribe/status"}, {"POST", "/subscribe/pro"}} {
		d.refused(http.StatusUnauthorized, "invalid_token", call[0], call[1], nil)
	}
}

func TestAnErasedAccountIsGone(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.account("correct horse")
		second := p.enter(n, "correct horse")
		other := p.anywhere().login(number())
		theirs := other.answer(other.ask(other.room("theirs"), "hello"))
		d.answer(d.ask(d.room("r"), "hello", keyHeader, "k"))
		second.erases()
		d.out()
		second.out()
		p.shut(n, "correct horse")
		if again := other.answer("/chatroom/" + theirs.Get("chatroom_id") + "/messages/" + theirs.Get("id")); string(again.Body) != string(theirs.Body) {
			t.Errorf("another's reply became %s", again.Body)
		}
		other.used(1)
		p.calm()
	})
}

// The number comes back as a stranger, whose day begins anew; the limits of codes go on.
func TestTheNumberOfAnErasedAccount(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.account("correct horse")
		d.want(http.StatusOK, "PATCH", "/user/me", object{"name": "Ada"})
		before := d.want(http.StatusOK, "GET", "/user/me", nil)
		room := d.room("r")
		reply := d.answer(d.ask(room, "hello", keyHeader, "k"))
		d.erases()
		p.anywhere().refused(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/send-otp", object{"mobile_number": n})
		time.Sleep(time.Minute)
		stranger := p.anywhere().login(n)
		me := stranger.want(http.StatusOK, "GET", "/user/me", nil)
		if me.Get("id") == before.Get("id") || me.Get("name") != "" || me.Get("created_at") == before.Get("created_at") {
			t.Errorf("the stranger is %s", me.Body)
		}
		stranger.used(0)
		if list, _ := stranger.rooms("/chatroom"); len(list) != 0 {
			t.Errorf("the stranger has %s", names(list))
		}
		for _, at := range []string{"/chatroom/" + room, "/chatroom/" + room + "/messages", "/chatroom/" + room + "/messages/" + reply.Get("id")} {
			stranger.want(http.StatusNotFound, "GET", at, nil)
		}
		stranger.want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "without the old one"})
		stranger.done(stranger.ask(stranger.room("new"), "hello", keyHeader, "k"), "You said: hello")
		stranger.used(1)
		d.out()
	})
}

// listening makes a model that stops when nobody wants its answer any more, unless it is asked to be deaf.
func listening(running *atomic.Int64) model {
	return func(ctx context.Context, p chat.Prompt, emit func(string) error) error {
		running.Add(1)
		defer running.Add(-1)
		err := emit("half an ")
		if asked(p) == "deaf" {
			time.Sleep(30 * time.Second)
			return errors.Join(err, emit("answer"))
		}
		return errors.Join(err, rest(ctx, 30*time.Second), emit("answer"))
	}
}

func TestAnAccountErasedWithAHundredAnswersInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int64
		var polls []<-chan string
		store, live := memory.New(), memory.NewLive()
		p, d := indoors(t, config(t, "BASIC_DAILY_LIMIT", "200", "USER_CONCURRENCY", "0"), boot.Keep(store), boot.Keep(live), speaks(listening(&running)))
		who := id.ID(d.want(http.StatusOK, "GET", "/user/me", nil).Get("id"))
		var rooms, replies []string
		for i := range 100 {
			room := d.room("r")
			reply := d.ask(room, []string{"deaf", "hello"}[i%2])
			d.ask(room, "and then", keyHeader, room)
			rooms, replies = append(rooms, room), append(replies, path.Base(reply))
			polls = append(polls, d.poll(reply))
		}
		time.Sleep(time.Second)
		if running.Load() != 100 {
			t.Fatalf("%d answers in flight", running.Load())
		}
		d.erases()
		p.nothingLeft(store, live, who, rooms, replies)
		erased := time.Now()
		for _, poll := range polls {
			if code := <-poll; code != "not_found" {
				t.Errorf("a long-poll ended with %q", code)
			}
		}
		took(t, erased, 0, 0)
		time.Sleep(chat.RenewEvery)
		if running.Load() != 50 {
			t.Errorf("%d answers still in flight, besides 50 that do not listen", running.Load()-50)
		}
		time.Sleep(time.Minute)
		p.nothingLeft(store, live, who, rooms, replies)
		p.calm()
	})
}

// poll waits for a reply in the background and tells its status, or why there is none.
func (d device) poll(path string) <-chan string {
	end := make(chan string, 1)
	go func() {
		a, err := d.Call("GET", path+"?wait=30", nil)
		if err != nil {
			d.t.Error(err)
		}
		end <- a.Get("code") + a.Get("content")
	}()
	return end
}

// nothingLeft looks past the API for what is the user's.
func (p *program) nothingLeft(store *memory.Store, live *memory.Live, who id.ID, rooms, replies []string) {
	p.t.Helper()
	ctx, now := context.Background(), time.Now()
	if depth, err := (memory.Work{Store: store}).Depth(ctx, now); err != nil || depth != (ports.Depth{}) {
		p.t.Errorf("left: %+v, %v", depth, err)
	}
	if list, err := (memory.Rooms{Store: store}).List(ctx, who, nil, 1000); err != nil || len(list) != 0 {
		p.t.Errorf("%d rooms left, %v", len(list), err)
	}
	count(p.t, store, who, now, 0)
	for i := range rooms {
		room, reply := id.ID(rooms[i]), id.ID(replies[i])
		if m, err := (memory.Messages{Store: store}).Get(ctx, who, room, reply); !errors.Is(err, chat.ErrNotFound) {
			p.t.Errorf("a reply was written late: %s %q, %v", m.Status, m.Content, err)
		}
		if text, err := live.Read(ctx, room, reply); text != "" || err != nil {
			p.t.Errorf("the live log keeps %q, %v", text, err)
		}
	}
}
