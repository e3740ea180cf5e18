package flow

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// dear is a model that takes so many tokens for an answer, in and out, and
// fails where it is asked to; what it took of that counts, too.
type dear struct {
	in, out int
	takes   time.Duration
}

func (m dear) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	if err := rest(ctx, m.takes); err != nil {
		return chat.Usage{In: m.in}, err
	}
	if asked(p) == "fail" {
		return chat.Usage{In: m.in}, &chat.Failure{Code: chat.CodeBlocked}
	}
	return chat.Usage{In: m.in, Out: m.out}, emit("well")
}

// overloaded checks the refusal of a message on a day whose tokens are spent.
func (d device) overloaded(room string, wait time.Duration, headers ...string) {
	d.t.Helper()
	a, err := d.Call("POST", "/chatroom/"+room+"/message", object{"content": "hello"}, headers...)
	if err != nil {
		d.t.Fatal(err)
	}
	refused(d.t, a, http.StatusServiceUnavailable, "overloaded")
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if left := time.Duration(seconds)*time.Second - wait; err != nil || left < 0 || left >= time.Second {
		d.t.Errorf("Retry-After %q, want %v", a.Header.Get("Retry-After"), wait)
	}
}

// The day's tokens are spent: whoever it is waits for the next day, but what was
// accepted is answered, and repeated under its key.
func TestADayWhoseTokensAreSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t, "LLM_DAILY_TOKENS", "1000", "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"), speaks(dear{600, 100, 10 * time.Second}))
		pro := p.inside().login(number())
		p.buys(pro)
		room, rooms := pro.room("p"), d.room("b")
		first := d.ask(rooms, "hello", keyHeader, "a")
		d.done(first, "well")
		time.Sleep(3 * time.Second)
		waits := d.ask(rooms, "fail") // 700 are spent
		last := pro.ask(room, "hello")
		time.Sleep(13 * time.Second)
		d.failed(waits, chat.CodeBlocked)
		left := time.Until(midnight(1))
		pro.overloaded(room, left)
		d.overloaded(rooms, left)
		d.overloaded(rooms, left, keyHeader, "b")
		if again := d.ask(rooms, "hello", keyHeader, "a"); again != first {
			t.Errorf("repeated as %s, want %s", again, first)
		}
		d.want(http.StatusUnprocessableEntity, "POST", "/chatroom/"+rooms+"/message", object{"content": "other"}, keyHeader, "a")
		d.want(http.StatusNotFound, "POST", "/chatroom/"+room+"/message", object{"content": "hello"})
		pro.done(last, "well")
		d.used(1)
		until(midnight(1).Add(-time.Second))
		pro.overloaded(room, time.Second)
		until(midnight(1))
		pro.done(pro.ask(room, "hello"), "well")
		d.done(d.ask(rooms, "hello", keyHeader, "b"), "well")
		log := p.log.String()
		if n, m := strings.Count(log, "the day's tokens are spent"), strings.Count(log, "messages are taken again"); n != 1 || m != 1 {
			t.Errorf("the log tells %d times that it opened, %d times that it closed", n, m)
		}
		if strings.Count(log, "level=ERROR") != 2 { // the other is of the answer that failed
			t.Errorf("logged: %s", log)
		}
	})
}

// It comes before the user's own limit, and counts none of the day's messages.
func TestOverloadedComesBeforeTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		_, d := indoors(t, config(t, "LLM_DAILY_TOKENS", "10", "BASIC_DAILY_LIMIT", "1"), boot.Keep(store))
		room := d.room("r")
		d.ask(room, "hello")
		refused(t, d.send(room, "hello"), http.StatusTooManyRequests, "quota_exhausted")
		if err := (memory.Spend{Store: store}).Add(t.Context(), quota.DayOf(time.Now()), 10); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		d.overloaded(room, time.Until(midnight(1)))
		d.used(1)
	})
}

// Answers are counted wherever they are given; all processes refuse.
func TestTheBudgetIsOfAllProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both := newPair()
		first := start(t, config(t, "SECRET_KEY", key, "LLM_DAILY_TOKENS", "100"), both.options(speaks(dear{60, 0, 0}))...)
		second := start(t, config(t, "SECRET_KEY", key, "LLM_DAILY_TOKENS", "100"), both.options(speaks(dear{60, 0, 0}))...)
		d := first.inside().login(number())
		there := device{second.inside().As(d.Token), t}
		room := d.room("r")
		d.done(d.ask(room, "one"), "well")
		d.done(there.ask(room, "two"), "well")
		time.Sleep(3 * time.Second)
		d.overloaded(room, time.Until(midnight(1)))
		there.overloaded(room, time.Until(midnight(1)))
	})
}

func TestNoBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t), speaks(dear{1 << 30, 1 << 30, 0}))
		room := d.room("r")
		for range 5 {
			d.done(d.ask(room, "hello"), "well")
			time.Sleep(3 * time.Second)
		}
	})
}
