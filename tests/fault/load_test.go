//go:build linux

package fault

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// load sends messages to rooms and records which of them Parley accepted.
type load struct {
	*stack
	rooms    []room
	sent     atomic.Int64
	mu       sync.Mutex
	accepted []string       // contents of the messages whose response was 202
	failures map[string]int // number of unexpected responses, by failureKind
}

// room is a chat room and the device of its owner.
type room struct {
	client.Device
	id string
}

const (
	roomsPerUser      = 10
	concurrentSenders = 16
)

// newLoad creates n rooms through an API process.
func (s *stack) newLoad(api *rig.Parley, n int) *load {
	s.Helper()
	l := &load{stack: s, failures: map[string]int{}}
	var owner client.Device
	for i := range n {
		if i%roomsPerUser == 0 {
			owner = rig.Person(s, api.URL())
		}
		l.rooms = append(l.rooms, room{owner, owner.NewRoom("Room")})
	}
	return l
}

// send sends n messages to the rooms in turn, from concurrent senders. It returns when all
// are accepted.
func (l *load) send(n int) {
	l.Helper()
	var senders sync.WaitGroup
	last := l.sent.Load() + int64(n)
	for range concurrentSenders {
		senders.Go(func() {
			for i := l.sent.Add(1); i <= last; i = l.sent.Add(1) {
				l.sendNumbered(i)
			}
		})
	}
	senders.Wait()
	l.sent.Store(last)
}

// startSending sends messages in the background until stop is called or the test ends. stop
// returns when every message is accepted.
func (l *load) startSending() (stop func()) {
	done := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				l.send(concurrentSenders)
			}
		}
	})
	stop = sync.OnceFunc(func() {
		close(done)
		sending.Wait()
	})
	l.Cleanup(stop)
	return stop
}

// sendText sends a message to the room with this index and returns when it is accepted.
func (l *load) sendText(index int, text string) {
	l.sent.Add(1)
	l.sendUntilAccepted(l.rooms[index%len(l.rooms)], text)
}

// sendNumbered sends the ith message of the load and returns when it is accepted.
func (l *load) sendNumbered(i int64) {
	l.sendUntilAccepted(l.rooms[int(i)%len(l.rooms)], fmt.Sprintf("message %d, seed %d", i, *seed))
}

// acceptTimeout is how long a sender repeats a request.
const acceptTimeout = 90 * time.Second

// sendUntilAccepted sends a message until the response is 202. It fails the test after
// acceptTimeout.
func (l *load) sendUntilAccepted(r room, text string) {
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		res, err := r.trySend(text)
		if err == nil && res.Status == http.StatusAccepted {
			l.recordAccepted(text)
			return
		}
		l.recordFailure(failureKind(res, err))
		if time.Since(began) > acceptTimeout {
			l.Errorf("message %q was not accepted within %s: status %d, body %s, error %v",
				text, acceptTimeout, res.Status, res.Body, err)
			return
		}
	}
}

// trySend sends a message once. Its idempotency key is the text.
func (r room) trySend(text string) (client.Response, error) {
	body := map[string]string{"content": text}
	return r.Call("POST", "/chatroom/"+r.id+"/message", body, "Idempotency-Key", text)
}

// failureKind describes an unexpected response in a few words, so that equal failures can be
// counted.
func failureKind(r client.Response, err error) string {
	if err != nil {
		return "no response: " + cause(err).Error()
	}
	kind := fmt.Sprint(r.Status, " ", r.Field("code"))
	if seconds := r.Header.Get("Retry-After"); seconds != "" {
		kind += ", Retry-After " + seconds
	}
	return kind
}

// cause returns the first error of a chain, which contains no addresses.
func cause(err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}

func (l *load) recordAccepted(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted = append(l.accepted, text)
}

func (l *load) recordFailure(kind string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures[kind]++
}

// countFailures returns the number of unexpected responses so far.
func (l *load) countFailures() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, times := range l.failures {
		n += times
	}
	return n
}
