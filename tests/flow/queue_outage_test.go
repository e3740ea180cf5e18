package flow

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/reply"
)

// checkTwoAnswers sends two messages to one room and waits for both answers.
func (d device) checkTwoAnswers() {
	d.Helper()
	room := d.NewRoom("r")
	first, second := d.Send(room, "one"), d.Send(room, "two")
	d.checkAnswer(first, "You said: one")
	d.checkAnswer(second, "You said: two")
}

// checkAnsweredOnce checks that n messages count for today, that the model was called
// once for each, and that no error was logged.
func (p *program) checkAnsweredOnce(d device, echo *fake.Echo, n int) {
	p.t.Helper()
	checkCalls(p.t, echo, n)
	d.checkMessageCount(n)
	p.checkNoErrorLogs()
}

func TestAFinishedAnswerIsStoredAfterAShortOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		echo := fake.NewEcho(fake.EchoOptions{})
		p, d := startLoggedIn(t, config(t), boot.Use(echo), interceptQueue(func(method string) error {
			if n := calls.Add(1); method == "Finish" && n < 6 {
				return errStoreDown
			}
			return nil
		}))
		d.checkAnswer(d.Send(d.NewRoom("r"), "hello"), "You said: hello")
		checkElapsed(t, midnight(0), 0, 3*time.Second)
		p.checkAnsweredOnce(d, echo, 1)
	})
}

func TestAReplyIsNotAnsweredAgainWhenTheResponseToFinishIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{})
		p, d := startLoggedIn(t, config(t), boot.Use(echo), interceptQueueAfter(func(method string) error {
			if method == "Finish" {
				return errStoreDown
			}
			return nil
		}))
		d.checkTwoAnswers()
		checkElapsed(t, midnight(0), 0, 5*time.Second)
		p.checkAnsweredOnce(d, echo, 2)
	})
}

// A worker may renew the lease after its outcome is stored and before the outcome is
// announced. The renewal fails because the claim has ended. The worker must still
// announce the outcome.
func TestAnOutcomeIsAnnouncedEvenIfARenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t), interceptQueueAfter(func(method string) error {
			if method == "Finish" {
				time.Sleep(reply.RenewEvery + 10*time.Millisecond)
			}
			return nil
		}))
		d.checkTwoAnswers()
		time.Sleep(time.Minute)
		log := p.Log.String()
		for _, unwanted := range []string{"claim ended", "no worker woken"} {
			if strings.Contains(log, unwanted) {
				t.Errorf("the log contains %q, want only that both replies are answered:\n%s", unwanted, log)
			}
		}
		if n := strings.Count(log, "msg=answered"); n != 2 {
			t.Errorf("%d lines about answered replies, want 2:\n%s", n, log)
		}
	})
}

// When the outcome cannot be stored before the lease expires, another attempt
// answers the reply.
func TestAReplyIsAnsweredAgainAfterALongOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{})
		p, d := startLoggedIn(t, config(t), boot.Use(echo), interceptQueue(func(method string) error {
			if method != "Claim" && time.Now().Before(midnight(0).Add(8*time.Second)) {
				return errStoreDown
			}
			return nil
		}))
		d.checkAnswer(d.Send(d.NewRoom("r"), "hello"), "You said: hello")
		checkElapsed(t, midnight(0), reply.Lease, reply.Lease+2*time.Second)
		checkCalls(t, echo, 2)
		if n := p.Log.Count("outcome not written"); n != 1 {
			t.Errorf("%d lines about an outcome that was not written, want 1:\n%s", n, p.Log)
		}
		d.checkMessageCount(1)
	})
}
