//go:build linux

package bench

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// 100 clients watch a room and read nothing, until the server has disconnected all of them.
// Then each reads what had arrived, and resumes with the id of its last event. The test fails
// when a client misses an answer.
//
//	go test ./tests/bench -v -rounds 1 -run SlowStreams
func TestSlowStreams(t *testing.T) {
	const slow = 100
	onEachStore(t, 1, func(s *streams) {
		watchers := make([]*watcher, slow)
		for i := range watchers {
			watchers[i] = s.newWatcher(s.accounts[0], i)
			watchers[i].readBuffer = 4 << 10
			if err := watchers[i].connect(); err != nil {
				t.Fatalf("connect a slow client: %v", err)
			}
		}
		before := pss(s, s.api)
		answers := s.askUntilDisconnected(slow)
		s.Logf("%d slow clients are disconnected after %d answers of 32 KB each: PSS %.1f MB, and %.1f MB before",
			slow, len(answers), pss(s, s.api), before)
		var reading sync.WaitGroup
		for i, w := range watchers {
			reading.Go(func() {
				if missed := w.readAndResume(answers); missed > 0 {
					s.Errorf("slow client %d misses %d of %d answers", i, missed, len(answers))
				}
			})
		}
		reading.Wait()
	})
}

// askUntilDisconnected asks in the first room, with prompts of the maximum size, until the
// server has disconnected n clients. It returns the answers.
func (s *streams) askUntilDisconnected(n int) (answers map[string]bool) {
	s.Helper()
	answers = map[string]bool{}
	a := s.accounts[0]
	d := client.Device{Client: client.At(s.api.URL()).As(a.token), TB: s}
	for until := time.Now().Add(2 * time.Minute); s.api.Logs.Count("client too slow") < n; {
		if time.Now().After(until) {
			s.Fatalf("%d clients are disconnected, want %d", s.api.Logs.Count("client too slow"), n)
		}
		prompt := fmt.Sprintf("%04d%s", len(answers), strings.Repeat("😀", 7990))
		answer := d.Wait(d.Send(a.room, prompt)).Field("content")
		if answer != rig.Answer(prompt) {
			s.Fatalf("the answer to prompt %d is wrong", len(answers))
		}
		answers[answer] = true
	}
	return answers
}

// readAndResume reads what has arrived and resumes. It returns the number of answers that have
// not come when nothing has come for 10 s.
func (w *watcher) readAndResume(answers map[string]bool) (missed int) {
	w.Helper()
	_ = w.watch() // until the end of what has arrived
	w.conn.Close()
	w.readBuffer = 0
	if err := w.connect(); err != nil {
		w.Errorf("resume: %v", err)
		return len(answers)
	}
	defer w.conn.Close()
	go func() { _ = w.watch() }() // until the connection is closed
	got := map[string]bool{}
	for len(got) < len(answers) {
		select {
		case answer := <-w.ended:
			if answers[answer] {
				got[answer] = true
			}
		case <-time.After(10 * time.Second):
			return len(answers) - len(got)
		}
	}
	return 0
}
