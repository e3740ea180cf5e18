//go:build linux

package fault

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// A client is disconnected after every event of an answer of 200 words, and resumes on the
// other API process with the id of the event. It shows the same text as the store.
func TestStreamsResumeOnAnotherProcess(t *testing.T) {
	t.Parallel()
	h := newHeldAnswers()
	s := newStack(t, h.act)
	apis := []*rig.Parley{s.start("api"), s.start("api")}
	s.start("worker")
	h.checkResumedStreams(s, apis)
}

// The same on memory, where the client resumes in the same process.
func TestStreamsResumeOnMemory(t *testing.T) {
	t.Parallel()
	h := newHeldAnswers()
	s := newMemoryStack(t, h.act)
	h.checkResumedStreams(s, []*rig.Parley{s.start("serve")})
}

const wordsOfAnswer = 200

// heldAnswers is a model that holds back the last word of an answer until release is called,
// so that a client can get every other word before the answer ends.
type heldAnswers struct {
	every time.Duration // between two words
	mu    sync.Mutex
	holds map[string]chan struct{} // by prompt
}

// newHeldAnswers returns a model whose words come so slowly that each is a delta. In the
// short form, several words are a delta.
func newHeldAnswers() *heldAnswers {
	h := &heldAnswers{every: 5 * time.Millisecond, holds: map[string]chan struct{}{}}
	if *runWhole {
		h.every = 45 * time.Millisecond
	}
	return h
}

func (h *heldAnswers) hold(prompt string) chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.holds[prompt] == nil {
		h.holds[prompt] = make(chan struct{})
	}
	return h.holds[prompt]
}

func (h *heldAnswers) act(prompt string, _ int) rig.Act {
	return rig.Act{Every: h.every, Amid: h.hold(prompt)}
}

func (h *heldAnswers) release(prompt string) {
	hold := h.hold(prompt)
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-hold: // it was released before
	default:
		close(hold)
	}
}

// checkResumedStreams runs resume in concurrent rooms of one user.
func (h *heldAnswers) checkResumedStreams(s *stack, apis []*rig.Parley) {
	s.Helper()
	owner := rig.Person(s, apis[0].URL())
	devices := make([]client.Device, len(apis))
	for i, api := range apis {
		devices[i] = client.Device{Client: client.At(api.URL()).As(owner.Token), TB: s}
	}
	runs, concurrent := times(100, 5), 10
	views := make(chan *client.View, runs)
	var running sync.WaitGroup
	slots := make(chan struct{}, concurrent)
	for n := range runs {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			views <- h.resume(devices, n)
		})
	}
	running.Wait()
	close(views)
	deltas, same := 0, 0
	for v := range views {
		deltas += v.Deltas
		same++
	}
	if same != runs {
		s.Errorf("the text was the same in %d of %d runs", same, runs)
	}
	s.Logf("%d of %d answers of %d words with the same text, %d deltas, disconnected after every event",
		same, runs, wordsOfAnswer, deltas)
}

// resume sends a prompt and follows its answer with one connection for each event. It fails
// the test unless the client shows the text that is stored.
func (h *heldAnswers) resume(devices []client.Device, n int) *client.View {
	d := devices[0]
	d.Helper()
	roomID := d.NewRoom("Room")
	prompt := promptOf(wordsOfAnswer, n)
	w := d.Watch("/chatroom/" + roomID + "/events")
	path := d.Send(roomID, prompt)
	replyID := path[strings.LastIndex(path, "/")+1:]
	beforeLast := rig.Answer(prompt)[:strings.LastIndex(rig.Answer(prompt), " ")+1]
	for i := 1; w.Next().Name != "done"; i++ {
		if w.View.Messages[replyID].Content == beforeLast {
			h.release(prompt)
		}
		w = w.Resume(devices[i%len(devices)])
	}
	stored := d.Wait(path).Field("content")
	if shown := w.View.Messages[replyID].Content; shown != rig.Answer(prompt) || stored != shown {
		d.Fatalf("the client shows %q, and %q is stored; want %q", shown, stored, rig.Answer(prompt))
	}
	return w.View
}

// promptOf returns a prompt whose answer has this number of words.
func promptOf(words, n int) string {
	prompt := fmt.Sprintf("prompt %d, seed %d:", n, *seed)
	for i := range words - len(strings.Fields(rig.Answer(prompt))) {
		prompt += fmt.Sprintf(" wörd%d", i)
	}
	return prompt
}
