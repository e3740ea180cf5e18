package flow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

// waitFinal waits until a reply is done or failed, at most ten minutes, and returns it.
func (d device) waitFinal(path string) client.Response {
	d.Helper()
	for range 20 {
		r := d.Wait(path)
		if status := r.Field("status"); status != "queued" && status != "running" {
			return r
		}
	}
	d.Fatalf("reply %s is neither done nor failed after ten minutes", path)
	return client.Response{}
}

// checkAnswer waits until a reply is final, and checks that it is done with this text.
func (d device) checkAnswer(path, want string) {
	d.Helper()
	checkFields(d.TB, d.waitFinal(path), map[string]string{"status": "done", "content": want, "error": ""})
}

func TestTwentyRoomsAreAnsweredConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "1s", "BASIC_DAILY_LIMIT", "20", "USER_CONCURRENCY", "20"))
		var replies []string
		for i := range 20 {
			replies = append(replies, d.Send(d.NewRoom(fmt.Sprint(i)), fmt.Sprint("message ", i)))
		}
		sent := time.Now()
		for i, r := range replies {
			d.checkAnswer(r, fmt.Sprint("You said: message ", i))
		}
		checkElapsed(t, sent, time.Second, 1500*time.Millisecond)
	})
}

// The prompt of a reply contains the messages before it in the room. The user's
// message stays in the history when its reply failed.
func TestTheRepliesOfARoomAreAnsweredInOrderAndWithTheHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log promptLog
		echo := recordingEcho(&log, time.Second, func(p chat.Prompt) fake.EchoAnswer {
			if lastMessage(p) == "two" {
				return fake.EchoAnswer{Failure: &reply.Failure{Code: reply.CodeBlocked}}
			}
			return fake.EchoAnswer{}
		})
		_, d := startLoggedIn(t, config(t, "SYSTEM_PROMPT", "Be brief."), boot.Use(echo))
		room := d.NewRoom("r")
		sent := time.Now()
		var last string
		for _, text := range []string{"one", "two", "three", "three"} {
			last = d.Send(room, text)
		}
		other := d.Send(d.NewRoom("other"), "elsewhere")
		d.checkAnswer(other, "You said: elsewhere")
		d.checkAnswer(last, "You said: three")
		// Each finished reply wakes a worker for the next one, so no reply waits for a sweep.
		checkElapsed(t, sent, 3*time.Second, 3*time.Second)

		user := func(text string) chat.Turn { return chat.Turn{FromUser: true, Text: text} }
		model := func(text string) chat.Turn { return chat.Turn{Text: text} }
		want := [][]chat.Turn{
			{user("one")},
			{user("one"), model("You said: one"), user("two")},
			{user("one"), model("You said: one"), user("two"), user("three")},
			{user("one"), model("You said: one"), user("two"), user("three"), model("You said: three"), user("three")},
		}
		var got [][]chat.Turn
		for _, p := range log.prompts {
			if p.System != "Be brief." {
				t.Errorf("system prompt = %q, want %q", p.System, "Be brief.")
			}
			if lastMessage(p) != "elsewhere" {
				got = append(got, p.Turns)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("prompts of the room (-want +got):\n%s", diff)
		}
		if n := len(log.timesOf("elsewhere")); n != 1 {
			t.Errorf("the model was called %d times for the other room, want once", n)
		}
	})
}

func TestARunningReplyShowsItsTextSoFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "10s"))
		room := d.NewRoom("r")
		running := d.Send(room, "a b c d e f g h") // the answer has ten words, one each second
		waiting := d.Send(room, "next")
		for i, want := range []string{"", "You ", "You said: ", "You said: a "} {
			sleepUntil(midnight(0).Add(time.Duration(i)*time.Second + 500*time.Millisecond))
			got := d.Want(http.StatusOK, "GET", running, nil)
			checkFields(t, got, map[string]string{"status": "running", "content": want})
			if m := d.newestMessages(room)[1]; m.Content != want || m.Status != "running" {
				t.Errorf("the reply in the list after %d s = %+v, want it running with the text %q", i, m, want)
			}
		}
		checkFields(t, d.Want(http.StatusOK, "GET", waiting, nil), map[string]string{"status": "queued", "content": ""})
		d.checkAnswer(running, "You said: a b c d e f g h")
	})
}

// A client that polls with the monitor link gets a queued reply again after each
// change, until the reply is done.
func TestPollingReturnsAReplyAgainAfterEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "1s"))
		room := d.NewRoom("r")
		d.Send(room, "one")
		d.Send(room, "two")
		synctest.Wait()
		next := "/chatroom/" + room + "/messages"
		var got []string
		for range 4 {
			page, r := d.listMessages(next)
			got, next = append(got, summary(page)), r.Link("monitor")
			time.Sleep(1100 * time.Millisecond)
		}
		want := []string{
			"one:done reply:running two:done reply:queued",
			"You said: one:done reply:running",
			"You said: two:done",
			"",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of four polls (-want +got):\n%s", diff)
		}
	})
}

// summary describes each message by its text and its status. A reply that is not
// done has no whole text yet and is called "reply".
func summary(messages []client.Message) string {
	var all []string
	for _, m := range messages {
		if m.Status != "done" {
			m.Content = "reply"
		}
		all = append(all, m.Content+":"+m.Status)
	}
	return strings.Join(all, " ")
}
