package flow

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// model is an LLM made of a function.
type model func(ctx context.Context, p chat.Prompt, emit func(string) error) error

func (m model) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	return chat.Usage{}, m(ctx, p, emit)
}

// speaks makes a model the program's.
func speaks(m ports.LLM) boot.Option { return boot.Wrap(func(ports.LLM) ports.LLM { return m }) }

// asked is what a prompt wants to be answered.
func asked(p chat.Prompt) string { return p.Turns[len(p.Turns)-1].Text }

// rest waits, as a model does, unless the answer is given up.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// diary keeps what models are asked, and when.
type diary struct {
	mu      sync.Mutex
	prompts []chat.Prompt
	times   []time.Time
}

func (d *diary) note(p chat.Prompt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.prompts, d.times = append(d.prompts, p), append(d.times, time.Now())
}

// of is when a text was asked for.
func (d *diary) of(text string) []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	var times []time.Time
	for i, p := range d.prompts {
		if asked(p) == text {
			times = append(times, d.times[i])
		}
	}
	return times
}

// order is what was asked for, in order.
func (d *diary) order() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []string
	for _, p := range d.prompts {
		all = append(all, asked(p))
	}
	return all
}

// noting is an echo that keeps a diary.
func noting(d *diary, latency time.Duration, act func(p chat.Prompt) fake.Act) *fake.Echo {
	return fake.NewEcho(fake.EchoOptions{Latency: latency, Script: func(p chat.Prompt, _ int) fake.Act {
		d.note(p)
		if act == nil {
			return fake.Act{}
		}
		return act(p)
	}})
}

// final waits for a reply for as long as it takes.
func (d device) final(path string) client.Answer {
	d.t.Helper()
	for range 20 {
		if a := d.answer(path); a.Get("status") != "queued" && a.Get("status") != "running" {
			return a
		}
	}
	d.t.Fatalf("%s is not final after ten minutes", path)
	return client.Answer{}
}

// done checks that a reply came, and what it says.
func (d device) done(path, want string) {
	d.t.Helper()
	if a := d.final(path); a.Get("status") != "done" || a.Get("content") != want || a.Get("error") != "" {
		d.t.Errorf("reply: %s, want %q", a.Body, want)
	}
}

func TestTwentyRoomsAreAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ECHO_LATENCY", "1s", "BASIC_DAILY_LIMIT", "20", "USER_CONCURRENCY", "20"))
		var replies []string
		for i := range 20 {
			replies = append(replies, d.ask(d.room(fmt.Sprint(i)), fmt.Sprint("message ", i)))
		}
		sent := time.Now()
		for i, r := range replies {
			d.done(r, fmt.Sprint("You said: message ", i))
		}
		took(t, sent, time.Second, 1500*time.Millisecond)
	})
}

func TestTheRepliesOfARoomComeInOrderAndKnowThoseBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		echo := noting(&d, time.Second, func(p chat.Prompt) fake.Act {
			if asked(p) == "two" {
				return fake.Act{Fail: &chat.Failure{Code: chat.CodeBlocked}}
			}
			return fake.Act{}
		})
		_, dev := indoors(t, config(t, "SYSTEM_PROMPT", "Be brief."), boot.Keep(echo))
		room := dev.room("r")
		sent := time.Now()
		var last string
		for _, text := range []string{"one", "two", "three", "three"} {
			last = dev.ask(room, text)
		}
		other := dev.ask(dev.room("other"), "elsewhere")
		dev.done(other, "You said: elsewhere")
		dev.done(last, "You said: three")
		took(t, sent, 3*time.Second, 3*time.Second) // each woke the next, no sweep was waited for
		you := func(text string) chat.Turn { return chat.Turn{FromUser: true, Text: text} }
		model := func(text string) chat.Turn { return chat.Turn{Text: text} }
		want := map[int][]chat.Turn{
			0: {you("one")},
			1: {you("one"), model("You said: one"), you("two")},
			2: {you("one"), model("You said: one"), you("two"), you("three")},
			3: {you("one"), model("You said: one"), you("two"), you("three"), model("You said: three"), you("three")},
		}
		next := 0
		for _, p := range d.prompts {
			if p.System != "Be brief." {
				t.Errorf("the system text is %q", p.System)
			}
			if asked(p) == "elsewhere" {
				continue
			}
			if !reflect.DeepEqual(p.Turns, want[next]) {
				t.Errorf("prompt %d: %+v, want %+v", next, p.Turns, want[next])
			}
			next++
		}
		if next != 4 || len(d.of("elsewhere")) != 1 {
			t.Errorf("asked for %v", d.order())
		}
	})
}

func TestARunningReplyShowsWhatItHasSoFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ECHO_LATENCY", "10s"))
		room := d.room("r")
		reply := d.ask(room, "a b c d e f g h") // ten words with "You said:", one a second
		waiting := d.ask(room, "next")
		for i, want := range []string{"", "You ", "You said: ", "You said: a "} {
			until(midnight(0).Add(time.Duration(i)*time.Second + 500*time.Millisecond))
			got := d.want(http.StatusOK, "GET", reply, nil)
			list, _ := d.messages("/chatroom/" + room + "/messages")
			if got.Get("status") != "running" || got.Get("content") != want || list[1].Content != want || list[1].Status != "running" {
				t.Errorf("after %d s: %s and %+v, want %q", i, got.Body, list[1], want)
			}
		}
		if next := d.want(http.StatusOK, "GET", waiting, nil); next.Get("status") != "queued" || next.Get("content") != "" {
			t.Errorf("the one that waits: %s", next.Body)
		}
		d.done(reply, "You said: a b c d e f g h")
	})
}

// A reply that was seen as queued comes again whenever it has changed, until it is done.
func TestAPollerSeesAReplyAgainWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ECHO_LATENCY", "1s"))
		room := d.room("r")
		d.ask(room, "one")
		d.ask(room, "two")
		synctest.Wait()
		page, a := d.messages("/chatroom/" + room + "/messages")
		next := a.Link("next")
		seen := []string{progress(page)}
		for range 3 {
			time.Sleep(1100 * time.Millisecond)
			page, a = d.messages(next)
			seen, next = append(seen, progress(page)), a.Link("next")
		}
		want := []string{"one:done reply:running two:done reply:queued", "You said: one:done reply:running", "You said: two:done", ""}
		if !reflect.DeepEqual(seen, want) {
			t.Errorf("saw %q, want %q", seen, want)
		}
	})
}

// progress tells messages by their text, or as a reply without one, and status.
func progress(messages []wireMessage) string {
	var all []string
	for _, m := range messages {
		if m.Status != "done" {
			m.Content = "reply"
		}
		all = append(all, m.Content+":"+m.Status)
	}
	return strings.Join(all, " ")
}
