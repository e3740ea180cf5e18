//go:build linux

package fault

import (
	"net/http"
	"sync"
	"time"
)

// refusals are requests that are repeated during a fault.
type refusals struct {
	*stack
	room    room
	until   time.Time
	mu      sync.Mutex
	slowest time.Duration
}

// checkRefused repeats several requests concurrently for some time. Each must get a response, and
// none an error other than 503. checkRefused returns the time that the slowest one took.
func (s *stack) checkRefused(r room, during time.Duration) (slowest time.Duration) {
	s.Helper()
	checked := &refusals{stack: s, room: r, until: time.Now().Add(during)}
	var requests sync.WaitGroup
	messages := "/chatroom/" + r.id + "/messages"
	for _, path := range []string{"/readyz", "/user/me", "/chatroom", messages, "/search?q=owl"} {
		requests.Go(func() { checked.repeat(path, func() (int, error) { return r.status("GET", path) }) })
	}
	for range 4 {
		requests.Go(func() { checked.repeat("a send", r.sendOnce) })
	}
	requests.Wait()
	return checked.slowest
}

func (r room) status(method, path string) (int, error) {
	res, err := r.Call(method, path, nil)
	return res.Status, err
}

// repeatedText is the message of sendOnce.
const repeatedText = "sent again and again"

// sendOnce sends the same message with the same key each time.
func (r room) sendOnce() (int, error) {
	res, err := r.trySend(repeatedText)
	return res.Status, err
}

// repeat sends a request again and again, and measures its times.
func (c *refusals) repeat(name string, request func() (status int, err error)) {
	for time.Now().Before(c.until) {
		began := time.Now()
		status, err := request()
		took := time.Since(began)
		if err != nil || status >= 400 && status != http.StatusServiceUnavailable {
			c.Errorf("%s: status %d, error %v after %s, want 503", name, status, err, took)
		}
		c.record(took)
		time.Sleep(100 * time.Millisecond)
	}
}

func (c *refusals) record(took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowest = max(c.slowest, took)
}
