package flow

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestTwoConcurrentCancelsRefundOnce(t *testing.T) {
	m := wordModel{words: 100, every: 100 * time.Millisecond}
	p := start(t, config(t), withLLM(modelFunc(m.answer)))
	all := p.newRacers()
	race(t, all, cancelReply, cancelReply)
	for _, r := range all {
		if r.accepted("not_cancellable") == 0 {
			t.Errorf("no cancel was accepted: %s", r.first.Body)
		}
		final := r.waitFinal(r.reply)
		checkFields(t, final, map[string]string{"status": "cancelled"})
		r.checkUnits(1, final)
	}
}

func TestACancelAndTheEndOfTheReplyHaveOneOutcome(t *testing.T) {
	p := start(t, config(t, "ECHO_LATENCY", "30ms"))
	all := p.newRacers()
	for _, r := range all {
		r.waitFinal(r.reply)
		r.retry(r.reply) // so that all replies run at the same time
	}
	cancelLater := func(r *racer) (client.Response, error) {
		time.Sleep(rand.N(60 * time.Millisecond)) // not for synchronization: the requests meet any state
		return cancelReply(r)
	}
	race(t, all, cancelLater, cancelLater)
	outcomes := map[string]int{}
	for _, r := range all {
		final := r.waitFinal(r.reply)
		want := "done"
		if r.accepted("not_cancellable") > 0 {
			want = "cancelled"
		}
		checkFields(t, final, map[string]string{"status": want})
		r.checkUnits(2, final)
		outcomes[want]++
	}
	t.Logf("outcomes: %v", outcomes)
}

func TestTwoConcurrentRetriesAreOne(t *testing.T) {
	p := start(t, config(t, "ECHO_LATENCY", "2s"))
	all := p.newRacers()
	for _, r := range all {
		r.waitFinal(r.reply)
	}
	race(t, all, retryReply, retryReply)
	for _, r := range all {
		if n := r.accepted("not_retryable"); n != 1 {
			t.Errorf("%d retries were accepted, want 1", n)
		}
		r.checkAnswer(r.reply, "You said: hello")
		checkFields(t, r.Wait(r.reply), map[string]string{"versions": "1"})
		r.checkMessageCount(2)
	}
}

func TestConcurrentRetriesWithOneKeyHaveOneResponse(t *testing.T) {
	p := start(t, config(t))
	all := p.newRacers()
	for _, r := range all {
		r.waitFinal(r.reply)
	}
	withKey := func(r *racer) (client.Response, error) {
		return r.Call("POST", r.reply+"/retry", nil, idempotencyKey, "k")
	}
	race(t, all, withKey, withKey)
	for _, r := range all {
		checkReplay(t, r.second, r.first)
		r.checkMessageCount(2)
	}
}

func TestAnEditAndAConcurrentSendAreBothAnswered(t *testing.T) {
	p := start(t, config(t))
	all := p.newRacers()
	for _, r := range all {
		r.waitFinal(r.reply)
	}
	race(t, all, editPrompt, sendAnother)
	for _, r := range all {
		accepted := r.accepted("not_editable")
		r.checkMessageCount(1 + accepted)
		r.checkAnswer(r.second.Header.Get("Location"), "You said: another")
		text := "hello"
		if r.first.Status == http.StatusAccepted {
			text = "edited"
		}
		r.checkAnswer(r.reply, "You said: "+text)
		want := fmt.Sprintf("%s:done You said: %s:done another:done You said: another:done", text, text)
		if got := summary(r.newestMessages(r.room)); got != want {
			t.Errorf("messages of the room = %q, want %q", got, want)
		}
	}
}

func TestAnEditAndAConcurrentRetryTakeOneUnitEach(t *testing.T) {
	p := start(t, config(t))
	all := p.newRacers()
	for _, r := range all {
		r.waitFinal(r.reply)
	}
	race(t, all, editPrompt, retryReply)
	for _, r := range all {
		accepted := r.accepted("not_editable", "not_retryable")
		r.waitFinal(r.reply)
		r.checkMessageCount(1 + accepted)
		checkFields(t, r.Wait(r.reply), map[string]string{"versions": fmt.Sprint(accepted)})
	}
}
