package flow

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

// cancel cancels a reply and returns the response, which must be 202.
func (d device) cancel(replyPath string) client.Response {
	d.Helper()
	return d.Want(http.StatusAccepted, "POST", replyPath+"/cancel", nil)
}

// wantNotCancellable checks that a message cannot be cancelled.
func (d device) wantNotCancellable(messagePath string) {
	d.Helper()
	d.wantError(http.StatusConflict, "not_cancellable", "POST", messagePath+"/cancel", nil)
}

func TestAQueuedReplyIsCancelledImmediately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log promptLog
		_, d := startLoggedIn(t, config(t), withLLM(recordingEcho(&log, 5*time.Second, nil)))
		room := d.NewRoom("r")
		w := d.watchRoom(room)
		running, queued := d.Send(room, "one"), d.Send(room, "two")
		checkFields(t, d.cancel(queued), map[string]string{"status": "cancelled", "content": ""})
		w.Until("cancelled")
		checkElapsed(t, midnight(0), 0, 0)
		d.checkView(w.View, queued)
		d.wantNotCancellable(queued)
		d.checkMessageCount(1)
		d.checkAnswer(running, "You said: one")
		d.checkAnswer(d.Send(room, "three"), "You said: three")
		checkElapsed(t, midnight(0), 10*time.Second, 10*time.Second)
		if n := len(log.timesOf("two")); n != 0 {
			t.Errorf("the model was called %d times for the cancelled reply, want never", n)
		}
	})
}

func TestARunningReplyEndsWithTheTextThatItsWatchersSaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		streams := d.openStreams(room)
		path := streams[2].Header.Get("Location")
		time.Sleep(2500 * time.Millisecond)
		cancelled := time.Now()
		d.cancel(path)
		for _, w := range streams {
			w.Until("cancelled")
			checkElapsed(t, cancelled, 0, 0)
			d.checkView(w.View, path)
			if got, want := w.View.Messages[messageID(path)].Content, "word-0\nword-1\n"; got != want {
				t.Errorf("%s: text of the cancelled reply = %q, want %q", w.Path, got, want)
			}
		}
		streams[2].Rest()
		d.wantNotCancellable(path)
		d.checkMessageCount(1)
		p.checkNoErrorLogs()
	})
}

func TestARunningReplyWithoutTextIsRefunded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		path := d.Send(d.NewRoom("r"), "hello")
		time.Sleep(500 * time.Millisecond)
		d.cancel(path)
		checkFields(t, d.Wait(path), map[string]string{"status": "cancelled", "content": ""})
		checkElapsed(t, midnight(0), 500*time.Millisecond, 500*time.Millisecond)
		d.checkMessageCount(0)
	})
}

// The claim of a reply and its cancellation can overlap.
func TestAReplyCanBeCancelledAsSoonAsItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "1s"))
		room := d.NewRoom("r")
		synctest.Wait() // until the worker receives cancel signals
		for range 9 {   // less than the refunds of a day
			path := d.Send(room, "hello")
			d.cancel(path)
			checkFields(t, d.Wait(path), map[string]string{"status": "cancelled", "content": ""})
			d.checkMessageCount(0)
		}
		checkElapsed(t, midnight(0), 0, 0)
	})
}

// The model of this test ignores that its call is canceled, for ten seconds.
func TestAReplyCanBeCancelledAgainBeforeItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stubborn := func(ctx context.Context, _ chat.Prompt, emit func(string) error) error {
			err := emit("some ")
			time.Sleep(10 * time.Second)
			if emitErr := emit("more"); emitErr == nil && ctx.Err() == nil {
				t.Error("the model can continue, want its call canceled")
			}
			return err
		}
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(stubborn)))
		path := d.Send(d.NewRoom("r"), "hello")
		for range 3 {
			time.Sleep(time.Second)
			checkFields(t, d.cancel(path), map[string]string{"status": "running", "content": "some "})
		}
		checkFields(t, d.Wait(path), map[string]string{"status": "cancelled", "content": "some "})
		checkElapsed(t, midnight(0), 10*time.Second, 10*time.Second)
		d.wantNotCancellable(path)
		d.checkMessageCount(1)
	})
}

func TestOnlyRepliesThatAreNotFinalCanBeCancelled(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	path := d.Send(room, "hello")
	prompt := messagesOf(room) + "/" + d.Wait(path).Field("in_reply_to")
	d.wantNotCancellable(path)
	d.wantNotCancellable(prompt)
	elsewhere := messagesOf(d.NewRoom("other")) + "/" + messageID(path) + "/cancel"
	d.wantError(http.StatusNotFound, "not_found", "POST", elsewhere, nil)
	d.checkAnswer(path, "You said: hello")
	d.checkMessageCount(1)
}

// The next reply of the room starts when the cancelled one has ended. Its history has the
// text that the user saw.
func TestACancelledReplyMakesWayForTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log promptLog
		model := func(ctx context.Context, p chat.Prompt, emit func(string) error) error {
			log.record(p)
			return fiveWords.answer(ctx, p, emit)
		}
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(model)))
		room := d.NewRoom("r")
		first, second := d.Send(room, "one"), d.Send(room, "two")
		time.Sleep(1500 * time.Millisecond)
		d.cancel(first)
		d.checkAnswer(second, fiveWords.text())
		checkElapsed(t, midnight(0), 6500*time.Millisecond, 6500*time.Millisecond)
		want := []chat.Turn{{FromUser: true, Text: "one"}, {Text: "word-0\n"}, {FromUser: true, Text: "two"}}
		if got := log.prompts[1].Turns; len(got) != 3 || got[1] != want[1] {
			t.Errorf("turns of the next prompt = %+v, want %+v", got, want)
		}
	})
}

// A retry of a failed attempt is queued, and its text was discarded.
func TestAReplyThatWaitsForItsRetryIsCancelledWithoutText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := func(_ context.Context, _ chat.Prompt, emit func(string) error) error {
			_ = emit("half an ")
			time.Sleep(time.Second)
			return &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, RetryAfter: time.Minute}
		}
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(failing)))
		room := d.NewRoom("r")
		w := d.watchRoom(room)
		path := d.Send(room, "hello")
		time.Sleep(5 * time.Second)
		checkFields(t, d.cancel(path), map[string]string{"status": "cancelled", "content": ""})
		w.Until("cancelled")
		d.checkView(w.View, path)
		d.checkMessageCount(0)
	})
}
