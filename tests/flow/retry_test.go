package flow

import (
	"net/http"
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

// retry asks for a reply again and returns the response, which must be 202.
func (d device) retry(replyPath string, headers ...string) client.Response {
	d.Helper()
	return d.Want(http.StatusAccepted, "POST", replyPath+"/retry", nil, headers...)
}

// promptOf returns the path of the message that a reply answers.
func (d device) promptOf(replyPath string) string {
	d.Helper()
	prompt := d.Want(http.StatusOK, "GET", replyPath, nil).Field("in_reply_to")
	return replyPath[:len(replyPath)-len(prompt)] + prompt
}

// scripted returns an option that makes the program use a model that gives these answers,
// one each second.
func scripted(answers ...fake.EchoAnswer) boot.Option {
	return boot.Use(fake.NewEcho(fake.EchoOptions{
		Latency: time.Second,
		Script:  func(_ chat.Prompt, call int) fake.EchoAnswer { return answers[call-1] },
	}))
}

// second returns a time of a bubble as the API shows it.
func second(n int) string {
	return midnight(0).Add(time.Duration(n) * time.Second).Format(time.RFC3339)
}

func TestAFinalReplyIsAskedForAgainUnderItsID(t *testing.T) {
	blocked := fake.EchoAnswer{Text: "No", Failure: &reply.Failure{Code: reply.CodeBlocked}}
	for name, c := range map[string]struct {
		first    fake.EchoAnswer
		version  versionJSON
		consumed int // units of the quota
	}{
		"done": {fake.EchoAnswer{Text: "First"}, versionJSON{"First", "done", second(0)}, 2},
		"failed": {
			blocked,
			versionJSON{
				"I can't answer this: the request was blocked by the model's safety rules.", "failed", second(0),
			},
			1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				script := scripted(c.first, fake.EchoAnswer{Text: "Second"}, fake.EchoAnswer{Text: "Third"})
				_, d := startLoggedIn(t, config(t), script)
				path := d.Send(d.NewRoom("r"), "hello")
				before := d.Wait(path)
				r := d.retry(path)
				checkFields(t, r, map[string]string{
					"id": messageID(path), "status": "queued", "content": "", "error": "", "versions": "1",
					"in_reply_to": before.Field("in_reply_to"), "created_at": before.Field("created_at"),
				})
				checkHeaders(t, r, "retry", map[string]string{"Location": path, "RateLimit-Limit": "5"})
				d.checkAnswer(path, "Second")
				d.checkVersions(path, c.version)
				d.checkMessageCount(c.consumed)
				d.retry(path)
				d.checkAnswer(path, "Third")
				d.checkVersions(path, c.version, versionJSON{"Second", "done", second(1)})
				checkFields(t, d.Wait(path), map[string]string{"versions": "2"})
				d.checkVersions(d.promptOf(path))
			})
		})
	}
}

func TestAWatcherSeesARetryFromItsBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		streams := []*client.Watcher{d.watchRoom(room), d.Watch(allRooms)}
		path := d.Send(room, "hello")
		for _, w := range streams {
			w.Until("done")
		}
		d.retry(path)
		for _, w := range streams {
			w.Until("done")
			d.checkView(w.View, path)
			if w.View.Deltas != 2*fiveWords.words || w.View.Resets != 0 {
				t.Errorf("%s: %d deltas and %d resets, want each word twice", w.Path, w.View.Deltas, w.View.Resets)
			}
		}
	})
}

// wantNotRetryable checks that a message cannot be asked for again.
func (d device) wantNotRetryable(messagePath string, headers ...string) {
	d.Helper()
	d.wantError(http.StatusConflict, "not_retryable", "POST", messagePath+"/retry", nil, headers...)
}

func TestOnlyTheLastReplyOfARoomCanBeRetriedAndOnlyWhenItIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "2s"))
		room := d.NewRoom("r")
		first, second := d.Send(room, "one"), d.Send(room, "two")
		d.wantNotRetryable(second)
		time.Sleep(time.Second)
		d.wantNotRetryable(first)
		d.Wait(first)
		time.Sleep(time.Second)
		for _, path := range []string{first, second, d.promptOf(second)} {
			d.wantNotRetryable(path)
		}
		d.Wait(second)
		d.wantNotRetryable(first)
		d.wantNotRetryable(d.promptOf(second))
		elsewhere := messagesOf(d.NewRoom("other")) + "/" + messageID(second) + "/retry"
		d.wantError(http.StatusNotFound, "not_found", "POST", elsewhere, nil)
		d.checkMessageCount(2)
		d.retry(second)
		d.wantNotRetryable(second)
		d.checkMessageCount(3)
	})
}

func TestARetryDoesNotMoveItsRoom(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	first := d.NewRoom("first")
	path := d.Send(first, "hello")
	d.Wait(path)
	d.Send(d.NewRoom("second"), "hello")
	before, _ := d.listRooms("/chatroom")
	d.retry(path)
	d.Wait(path)
	after, _ := d.listRooms("/chatroom")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("rooms after a retry (-before +after):\n%s", diff)
	}
}

// The model gets the same prompt again, without the reply that is replaced.
func TestTheHistoryOfARetryEndsWithItsPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log promptLog
		_, d := startLoggedIn(t, config(t), withLLM(recordingEcho(&log, time.Second, nil)))
		room := d.NewRoom("r")
		d.Send(room, "one")
		path := d.Send(room, "two")
		d.Wait(path)
		d.retry(path)
		d.Wait(path)
		if diff := cmp.Diff(log.prompts[1], log.prompts[2]); len(log.prompts) != 3 || diff != "" {
			t.Errorf("%d prompts, the retry has (-first +again):\n%s", len(log.prompts), diff)
		}
	})
}
