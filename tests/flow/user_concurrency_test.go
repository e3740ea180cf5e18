package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

// concurrencyModel is a model that counts its concurrent answers per user. The first
// word of a message names the user.
type concurrencyModel struct {
	latency      time.Duration
	mu           sync.Mutex
	running, max map[string]int
}

func newConcurrencyModel(latency time.Duration) *concurrencyModel {
	return &concurrencyModel{latency: latency, running: map[string]int{}, max: map[string]int{}}
}

func (m *concurrencyModel) add(user string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running[user] += n
	m.max[user] = max(m.max[user], m.running[user])
}

// checkMax checks how many answers for a user were in flight at most.
func (m *concurrencyModel) checkMax(t *testing.T, user string, want int) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if got := m.max[user]; got != want {
		t.Errorf("answers in flight for the user %q: %d at most, want %d", user, got, want)
	}
}

func (m *concurrencyModel) answer(ctx context.Context, p chat.Prompt, emit func(string) error) error {
	user, _, _ := strings.Cut(lastMessage(p), " ")
	m.add(user, 1)
	defer m.add(user, -1)
	return errors.Join(sleep(ctx, m.latency), emit("well"))
}

// A Pro user with a hundred rooms has eight answers in flight, and a new one starts
// when one ends. Another user, who asks later, does not wait for them.
func TestAUserWithManyRoomsDoesNotDelayOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newConcurrencyModel(2300 * time.Millisecond)
		p, basic := startLoggedIn(t, config(t, "WORKER_CONCURRENCY", "20"), withLLM(modelFunc(m.answer)))
		pro := p.newDevice().Login(client.Number())
		p.upgrade(pro)
		start := time.Now()
		var replies []string
		for i := range 100 {
			replies = append(replies, pro.Send(pro.NewRoom(fmt.Sprint(i)), "pro"))
		}
		for i := range 3 {
			sent := time.Now()
			basic.checkAnswer(basic.Send(basic.NewRoom("b"), fmt.Sprint("basic ", i)), "well")
			checkElapsed(t, sent, m.latency, m.latency)
		}
		for _, path := range replies {
			pro.checkAnswer(path, "well")
		}
		checkElapsed(t, start, 13*m.latency, 13*m.latency) // 100 answers, 8 in flight
		m.checkMax(t, "pro", 8)
		m.checkMax(t, "basic", 1)
		p.checkNoErrorLogs()
	})
}

// The limit counts the answers of all processes. When an answer ends in one process,
// another process can start the next one.
func TestTheLimitOfAUserIsSharedByProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, stores := newConcurrencyModel(2*time.Second), newSharedStores()
		startOne := func() *program {
			c := config(t, "SECRET_KEY", sharedSecret, "USER_CONCURRENCY", "3", "BASIC_DAILY_LIMIT", "100")
			return start(t, c, stores.options(withLLM(modelFunc(m.answer)))...)
		}
		first := startOne().newDevice().Login(client.Number())
		second := startOne().newDevice().As(first.Token)
		var replies []string
		for i := range 30 {
			replies = append(replies, []device{first, second}[i%2].Send(first.NewRoom(fmt.Sprint(i)), "me"))
		}
		for _, path := range replies {
			second.checkAnswer(path, "well")
		}
		m.checkMax(t, "me", 3)
		checkElapsed(t, midnight(0), 20*time.Second, 20*time.Second)
	})
}

// A reply that waits for its retry, and a reply that has failed, do not count.
func TestFailedRepliesDoNotCountForTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var prompts promptLog
		blocked := &reply.Failure{Code: reply.CodeBlocked}
		retryable := &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, RetryAfter: time.Minute}
		echo := recordingEcho(&prompts, time.Second, func(p chat.Prompt) fake.EchoAnswer {
			switch message := lastMessage(p); {
			case message == "blocked":
				return fake.EchoAnswer{Text: "no", Failure: blocked}
			case message == "retried" && len(prompts.timesOf(message)) == 1:
				return fake.EchoAnswer{Text: "no", Failure: retryable}
			}
			return fake.EchoAnswer{}
		})
		_, d := startLoggedIn(t, config(t, "USER_CONCURRENCY", "1"), boot.Use(echo))
		send := func(text string) string {
			path := d.Send(d.NewRoom(text), text)
			time.Sleep(time.Millisecond) // so that the replies have an order
			return path
		}
		retriedReply, blockedReply, last := send("retried"), send("blocked"), send("last")
		d.checkAnswer(last, "You said: last")
		checkElapsed(t, midnight(0), 3*time.Second, 3*time.Second)
		d.checkFailed(blockedReply, reply.CodeBlocked)
		d.checkAnswer(retriedReply, "You said: retried")
	})
}

// With USER_CONCURRENCY=0 one user can use all slots of a worker.
func TestTheLimitOfAUserCanBeTurnedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newConcurrencyModel(time.Second)
		c := config(t, "USER_CONCURRENCY", "0", "BASIC_DAILY_LIMIT", "100")
		_, d := startLoggedIn(t, c, withLLM(modelFunc(m.answer)))
		var last string
		for i := range 50 {
			last = d.Send(d.NewRoom(fmt.Sprint(i)), "me")
		}
		d.checkAnswer(last, "well")
		m.checkMax(t, "me", 50)
	})
}
