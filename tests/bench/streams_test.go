//go:build linux

package bench

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// account is a user with a room.
type account struct{ token, room string }

// streams is a stack whose clients watch rooms.
type streams struct {
	*stack
	api      *rig.Parley // serves the clients
	clock    *partClock
	accounts []account
	fresh    float64 // PSS of the API process after its start, in MB
}

// onEachStore runs a measurement with n accounts on memory, in one process, and on Postgres
// and Redis, with an API and a worker. The model sends a word every partEvery.
func onEachStore(t *testing.T, n int, measure func(*streams)) {
	t.Helper()
	for _, store := range []struct {
		name  string
		start func(*streams, int)
	}{
		{"memory", (*streams).startOnMemory},
		{"Postgres and Redis", (*streams).startOnDatabases},
	} {
		t.Run(store.name, func(t *testing.T) {
			s := &streams{stack: newMemoryStack(t), clock: newPartClock()}
			s.env = append(s.env, "WORKER_CONCURRENCY=512")
			s.env = append(s.env, rig.NewModel(t, s.clock.act).Env()...)
			store.start(s, n)
			measure(s)
		})
	}
}

func (s *streams) startOnMemory(n int) {
	s.Helper()
	s.api = s.start("serve")
	s.fresh = pss(s, s.api)
	s.accounts = make([]account, n)
	s.concurrently(n, func(i int) {
		d := rig.Person(s, s.api.URL())
		s.accounts[i] = account{d.Token, d.NewRoom("Room")}
	})
}

func (s *streams) startOnDatabases(n int) {
	s.Helper()
	s.addDatabases()
	s.populate("parley", n)
	s.api = s.start("api")
	s.fresh = pss(s, s.api)
	s.start("worker")
	for i, token := range s.tokens(n) {
		s.accounts = append(s.accounts, account{token, string(uuid(roomKind, i+1))})
	}
}

// watchAll connects a watcher for each account.
func (s *streams) watchAll() []*watcher {
	s.Helper()
	all := make([]*watcher, len(s.accounts))
	s.concurrently(len(all), func(i int) {
		all[i] = s.newWatcher(s.accounts[i], i)
		if err := all[i].connect(); err != nil {
			s.Errorf("connect watcher %d: %v", i, err)
		}
	})
	if s.Failed() {
		s.FailNow()
	}
	return all
}

// newWatcher returns the nth watcher, which watches the room of an account.
func (s *streams) newWatcher(a account, n int) *watcher {
	return &watcher{
		streams: s,
		account: a,
		from:    localAddress(n),
		ended:   make(chan string, 1000),
	}
}

// ask sends a prompt to the room of a watcher and waits until the watcher has its answer.
func (s *streams) ask(w *watcher, prompt string) {
	d := client.Device{Client: client.At(s.api.URL()).As(w.token), TB: s}
	d.Send(w.room, prompt)
	select {
	case got := <-w.ended:
		if got != rig.Answer(prompt) {
			s.Errorf("the answer to %q is %q", prompt, got)
		}
	case <-time.After(time.Minute):
		s.Fatalf("no answer to %q within a minute", prompt)
	}
}

// promptOf returns a prompt whose answer has this number of words.
func promptOf(words, n int) string {
	prompt := fmt.Sprintf("prompt %d", n)
	for range words - 4 { // "You said: prompt 1"
		prompt += " word"
	}
	return prompt
}

// partEvery is the time between two words of the model. It is longer than the time for which
// a worker combines words into one delta, so that each word is a delta.
const partEvery = 50 * time.Millisecond

// partClock knows when the model has sent each part of its answers.
type partClock struct {
	mu   sync.Mutex
	sent map[string][]time.Time // by prompt
}

func newPartClock() *partClock { return &partClock{sent: map[string][]time.Time{}} }

// act is the act of the model.
func (c *partClock) act(prompt string, _ int) rig.Act {
	return rig.Act{Every: partEvery, OnPart: func(int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent[prompt] = append(c.sent[prompt], time.Now())
	}}
}

// since returns the time since the model has sent a part.
func (c *partClock) since(prompt string, part int) time.Duration {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Sub(c.sent[prompt][part])
}

// checkEnd fails the test when a stream has ended before the test.
func (s *streams) checkEnd(err error) {
	if s.Context().Err() == nil {
		s.Errorf("a stream has ended: %v", err)
	}
}
