package flow

import (
	"context"
	"net/http"
	"path"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/client"
)

// checkBacklogFull checks that the user may not send to the room, because 100 replies are
// queued.
func (d device) checkBacklogFull(room string, headers ...string) client.Response {
	d.Helper()
	r := d.postMessage(room, "one more", headers...)
	checkError(d.TB, r, http.StatusTooManyRequests, "rate_limited")
	if got := r.Header.Get("Retry-After"); got != "10" {
		d.Errorf("Retry-After = %q, want 10", got)
	}
	return r
}

// The user has one running reply and a hundred that wait for it in the same room.
func TestAUserMayHaveAHundredQueuedReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newConcurrencyModel(10 * time.Second)
		p, d := startLoggedIn(t, config(t, "BASIC_DAILY_LIMIT", "200"), withLLM(modelFunc(m.answer)))
		room, other := d.NewRoom("r"), d.NewRoom("o")
		first := d.Send(room, "hello")
		synctest.Wait() // until the reply runs
		for range 99 {
			d.Send(room, "hello")
		}
		last := d.Send(room, "hello", idempotencyKey, "k")

		refused := d.checkBacklogFull(room, idempotencyKey, "refused")
		checkSent101Of200(t, refused)
		checkFields(t, refused, map[string]string{"detail": "Too many of your messages are queued for an answer: " +
			"at most 100 may. Wait until some of them are answered, or cancel one, then try again."})
		d.checkBacklogFull(other)
		d.checkMessageCount(101)
		if n := len(d.newestMessages(other)); n != 0 {
			t.Errorf("the room has %d messages after a refused send, want none", n)
		}
		if again := d.Send(room, "hello", idempotencyKey, "k"); again != last {
			t.Errorf("a message that is sent again with its key has the reply %s, want the first one, %s", again, last)
		}
		d.Want(http.StatusNotFound, "POST", "/chatroom/x/message", object{"content": "hello"})
		d.Want(http.StatusUnprocessableEntity, "POST", "/chatroom/"+room+"/message", object{"content": " "})
		stranger := p.newDevice().Login(client.Number())
		stranger.checkAnswer(stranger.Send(stranger.NewRoom("s"), "hello"), "well")

		d.checkAnswer(first, "well")
		synctest.Wait() // until the next reply runs
		d.Send(other, "one more", idempotencyKey, "refused")
		p.checkNoErrorLogs()
	})
}

// checkSent101Of200 checks the headers of a user who has sent 101 of 200 messages.
func checkSent101Of200(t *testing.T, r client.Response) {
	t.Helper()
	for name, want := range map[string]string{"RateLimit-Limit": "200", "RateLimit-Remaining": "99"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// A retry and an edit queue a reply like a send. A cancel makes room for them.
func TestTheLimitOfQueuedRepliesIsAlsoForRetriesAndEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newConcurrencyModel(10 * time.Second)
		c := config(t, "USER_BACKLOG", "1", "BASIC_DAILY_LIMIT", "20")
		_, d := startLoggedIn(t, c, withLLM(modelFunc(m.answer)))
		ended, busy := d.NewRoom("e"), d.NewRoom("b")
		replyPath := d.Send(ended, "hello")
		d.checkAnswer(replyPath, "well")
		d.Send(busy, "hello")
		synctest.Wait()
		queued := d.Send(busy, "hello")
		for _, r := range d.askAgain(replyPath, d.promptOf(replyPath)) {
			checkError(t, r, http.StatusTooManyRequests, "rate_limited")
		}
		d.wantNotRetryable(queued)
		d.checkMessageCount(3)
		d.cancel(queued)
		d.retry(replyPath)
		d.checkMessageCount(3) // the cancel has refunded one
	})
}

func TestTheLimitOfQueuedRepliesCanBeTurnedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newConcurrencyModel(time.Second)
		c := config(t, "USER_BACKLOG", "0", "BASIC_DAILY_LIMIT", "200")
		_, d := startLoggedIn(t, c, withLLM(modelFunc(m.answer)))
		room := d.NewRoom("r")
		var replies []string
		for range 150 {
			replies = append(replies, d.Send(room, "hello"))
		}
		d.checkAnswer(replies[149], "well")
	})
}

// On every stack a full backlog refuses a message without a trace, and a cancel makes room.
func TestAFullBacklogLeavesNoTrace(t *testing.T) {
	started, release := make(chan struct{}, 10), make(chan struct{})
	model := modelFunc(func(_ context.Context, _ chat.Prompt, emit func(string) error) error {
		started <- struct{}{}
		<-release
		return emit("well")
	})
	_, d := startLoggedIn(t, config(t, "USER_BACKLOG", "2", "BASIC_DAILY_LIMIT", "20"), withLLM(model))
	room := d.NewRoom("r")
	first := d.Send(room, "hello")
	<-started
	replies := []string{d.Send(room, "hello"), d.Send(room, "hello")}
	before := d.newestMessages(room)
	d.checkBacklogFull(room, idempotencyKey, "k")
	d.checkMessageCount(3)
	if !slices.Equal(idsOfMessages(before), idsOfMessages(d.newestMessages(room))) {
		t.Error("a refused send has changed the room, want no change")
	}
	d.cancel(replies[1])
	last := d.Send(room, "one more", idempotencyKey, "k")
	close(release)
	for _, replyPath := range []string{first, replies[0], last} {
		d.checkAnswer(replyPath, "well")
	}
	if path.Base(last) == path.Base(replies[1]) {
		t.Error("the reply of the last message is the cancelled one, want a new one")
	}
}

func idsOfMessages(messages []client.Message) (ids []string) {
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	return ids
}
