package flow

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/worker"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

// stop shuts the program down before the end of the test.
func (p *program) stop() {
	p.t.Helper()
	if err := p.Stop(context.Background()); err != nil {
		p.t.Errorf("stop the program: %v", err)
	}
}

// storedReply returns a reply from the store. replyPath is its path in the API.
func storedReply(t *testing.T, store *memory.Store, owner id.ID, replyPath string) chat.Message {
	t.Helper()
	parts := strings.Split(replyPath, "/") // "", "chatroom", room id, "messages", message id
	m, err := memory.Messages{Store: store}.Get(t.Context(), owner, id.ID(parts[2]), id.ID(parts[4]))
	if err != nil {
		t.Fatalf("read the reply %s from the store: %v", replyPath, err)
	}
	return m
}

func TestShutdownFinishesRunningReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		p, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "15s"), boot.Use(store))
		userID := d.userID()
		first := d.Send(d.NewRoom("a"), "one")
		room := d.NewRoom("b")
		second, queued := d.Send(room, "two"), d.Send(room, "three")
		time.Sleep(5 * time.Second)
		p.stop()
		checkElapsed(t, midnight(0), 15*time.Second, 15*time.Second)
		for path, want := range map[string]string{
			first:  "done:You said: one",
			second: "done:You said: two",
			queued: "queued:",
		} {
			if m := storedReply(t, store, userID, path); string(m.Status)+":"+m.Content != want {
				t.Errorf("reply after the shutdown = %s:%s, want %s", m.Status, m.Content, want)
			}
		}
		p.checkNoErrorLogs()
	})
}

// A reply that is not finished within the drain timeout is abandoned. Another process
// answers it when its lease has expired.
func TestShutdownAbandonsRepliesThatTakeTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const stopped = time.Second + worker.DrainTimeout
		stores := newSharedStores()
		slow := fake.NewEcho(fake.EchoOptions{Latency: 50 * time.Second})
		first := start(t, config(t, "SECRET_KEY", sharedSecret), stores.options(boot.Use(slow))...)
		d := first.newDevice().Login(client.Number())
		replyPath := d.Send(d.NewRoom("r"), "hello")
		time.Sleep(time.Second)
		first.stop()
		checkElapsed(t, midnight(0), stopped, stopped)
		log := first.Log.String()
		for _, want := range []string{"abandoning running attempts", "attempt abandoned"} {
			if !strings.Contains(log, want) {
				t.Errorf("the log does not contain %q:\n%s", want, log)
			}
		}
		first.checkNoErrorLogs()
		_, second := stores.startSecond(t, d, fake.NewEcho(fake.EchoOptions{}))
		second.checkAnswer(replyPath, "You said: hello")
		checkElapsed(t, midnight(0), stopped, stopped+reply.Lease)
		d.checkMessageCount(1)
	})
}

// A worker without free slots claims no queued replies during the shutdown.
func TestShutdownLeavesQueuedRepliesInTheQueue(t *testing.T) {
	for name, latency := range map[string]time.Duration{
		"the running replies are finished":  8 * time.Second,
		"the running replies are abandoned": 50 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkQueueAfterShutdown(t, latency) })
		})
	}
}

// checkQueueAfterShutdown stops a program that answers two of five messages.
func checkQueueAfterShutdown(t *testing.T, latency time.Duration) {
	store, echo := memory.New(), fake.NewEcho(fake.EchoOptions{Latency: latency})
	p, d := startLoggedIn(t, config(t, "WORKER_CONCURRENCY", "2"), boot.Use(store), boot.Use(echo))
	userID := d.userID()
	var replies []string
	for i := range 5 {
		replies = append(replies, d.Send(d.NewRoom(fmt.Sprint(i)), "hello"))
	}
	time.Sleep(time.Second)
	p.stop()
	stopped := min(latency, time.Second+worker.DrainTimeout)
	checkElapsed(t, midnight(0), stopped, stopped)
	checkCalls(t, echo, 2)
	queued := 0
	for _, replyPath := range replies {
		if storedReply(t, store, userID, replyPath).Status == chat.Queued {
			queued++
		}
	}
	if queued != 3 {
		t.Errorf("%d replies are queued after the shutdown, want 3", queued)
	}
}
