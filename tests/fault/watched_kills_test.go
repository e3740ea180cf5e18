//go:build linux

package fault

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// The worker is killed while a client watches its answer, each time at another point of the
// answer. Each prompt gets one final answer. Each client shows the right text without loading
// anything again.
func TestClientsSeeOneAnswerAfterTheWorkerIsKilled(t *testing.T) {
	t.Parallel()
	var killed sync.Map // prompt -> channel that is closed after the kill; no answer ends before it
	s := newStack(t, func(prompt string, _ int) rig.Act {
		value, _ := killed.Load(prompt)
		isKilled, _ := value.(chan struct{})
		return rig.Act{Every: 20 * time.Millisecond, Amid: isKilled}
	})
	api, worker := s.start("api"), s.start("worker")
	kills := times(50, 5)
	l := s.newLoad(api, kills)
	var watching sync.WaitGroup
	watched := make([]*watchedAnswer, kills)
	for i, r := range l.rooms {
		a := &watchedAnswer{prompt: promptOf(60, i), deltas: make(chan int, 1000)}
		a.Watcher = r.Watch("/chatroom/" + r.id + "/events")
		watched[i] = a
		watching.Go(a.watch)
		isKilled := make(chan struct{})
		killed.Store(a.prompt, isKilled)
		r.Send(r.id, a.prompt)
		l.sent.Add(1)
		l.recordAccepted(a.prompt)
		a.waitDeltas(s.random.IntN(12))
		worker.Kill()
		close(isKilled)
		worker.Start()
	}
	watching.Wait()
	l.checkAnswered(time.Second)
	resets, repeated := 0, 0
	for _, a := range watched {
		a.check()
		resets += a.resets
		repeated += s.model.Calls(a.prompt) - 1
	}
	interrupted := s.queryInt("SELECT count(*) FROM messages WHERE crashes > 0")
	if interrupted != kills {
		t.Errorf("%d kills interrupted %d answers, want each", kills, interrupted)
	}
	t.Logf("%d kills interrupted %d watched answers: %d attempts repeated, %d resets of a text, one final answer each",
		kills, interrupted, repeated, resets)
}

// watchedAnswer is an answer that a client watches through one stream.
type watchedAnswer struct {
	*client.Watcher
	prompt string
	deltas chan int // how many deltas the client has; closed after the final event
	resets int
	finals int
}

// watch follows the stream until the answer is final.
func (a *watchedAnswer) watch() {
	defer close(a.deltas)
	for a.finals == 0 {
		e := a.Next()
		switch {
		case e.Name == "reset":
			a.resets++
		case e.Name == "delta":
			a.deltas <- a.View.Deltas
		case e.Name == "message" && a.running():
			a.deltas <- a.View.Deltas
		case chat.Status(e.Name).Final():
			a.finals++
		}
	}
}

func (a *watchedAnswer) running() bool {
	for _, m := range a.View.Messages {
		if m.Status == string(chat.Running) {
			return true
		}
	}
	return false
}

// waitDeltas waits until the answer is running and the client has n deltas of it.
func (a *watchedAnswer) waitDeltas(n int) {
	a.Helper()
	for got := range a.deltas {
		if got >= n {
			return
		}
	}
	a.Fatalf("the answer to %q ended before the client had %d deltas", a.prompt, n)
}

// check fails the test unless the client shows the prompt and its answer, and nothing else.
func (a *watchedAnswer) check() {
	a.Helper()
	shown := map[string]string{}
	for _, m := range a.View.Messages {
		shown[fmt.Sprint("from the user: ", m.IsFromUser, ", ", m.Status)] += m.Content
	}
	want := map[string]string{
		"from the user: true, done":  a.prompt,
		"from the user: false, done": rig.Answer(a.prompt),
	}
	if len(a.View.Messages) != 2 || fmt.Sprint(shown) != fmt.Sprint(want) || a.finals != 1 {
		a.Errorf("the client shows %v after %d final events, want %v after 1", shown, a.finals, want)
	}
}
