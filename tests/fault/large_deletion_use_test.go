//go:build linux

package fault

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// useStats are the times of the requests of others.
type useStats struct {
	requests int
	p50, p99 time.Duration
}

// String returns the times in words, for the log.
func (s useStats) String() string {
	return fmt.Sprintf("%d requests, p50 %s, p99 %s", s.requests, s.p50.Round(100*time.Microsecond),
		s.p99.Round(100*time.Microsecond))
}

// use lets the others send messages and read their rooms until done returns true. Every request
// must succeed.
func (d *largeDeletions) use(done func() bool) useStats {
	d.Helper()
	var users sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	stop := make(chan struct{})
	for _, o := range d.others {
		users.Go(func() {
			for i := 0; !isClosed(stop); i++ {
				times := d.useOnce(o, i)
				mu.Lock()
				took = append(took, times...)
				mu.Unlock()
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	for !done() {
		time.Sleep(100 * time.Millisecond)
	}
	close(stop)
	users.Wait()
	slices.Sort(took)
	return useStats{requests: len(took), p50: took[len(took)/2], p99: took[len(took)*99/100]}
}

// useOnce sends a message and reads the rooms and the messages. It returns the time of each request.
func (d *largeDeletions) useOnce(o other, i int) (took []time.Duration) {
	call := func(status int, method, path string, body any) {
		began := time.Now()
		res, err := o.Call(method, path, body)
		took = append(took, time.Since(began))
		if err != nil || res.Status != status {
			d.Errorf("%s %s during a removal: status %d, error %v; want %d", method, path, res.Status, err, status)
		}
	}
	message := map[string]string{"content": "message " + strconv.Itoa(i)}
	call(http.StatusAccepted, "POST", "/chatroom/"+o.room+"/message", message)
	call(http.StatusOK, "GET", "/chatroom", nil)
	call(http.StatusOK, "GET", "/chatroom/"+o.room+"/messages", nil)
	return took
}

// inSeconds returns a function that returns true n seconds from now.
func (d *largeDeletions) inSeconds(n int) func() bool {
	end := time.Now().Add(time.Duration(n) * time.Second)
	return func() bool { return time.Now().After(end) }
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// count returns a number for an SQL text.
func count(n int) string { return strconv.Itoa(n) }
