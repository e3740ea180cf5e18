package httpapi

import (
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// maxSlowBytes limits the memory of all responses that are being written. Clients that read
// nothing must not use up the memory of the process.
const maxSlowBytes = 16 << 20

// slowResponses are the long responses that are being written. When they have more than
// maxSlowBytes, the user with the most bytes loses the oldest of them, because it waits longest for
// its client.
type slowResponses struct {
	mu    sync.Mutex
	all   []*slowResponse // in the order of their start
	bytes int
}

// slowResponse is one of the slowResponses.
type slowResponse struct {
	owner id.ID
	bytes int
	rc    *http.ResponseController

	mu    sync.Mutex
	isCut bool
}

// add adds a response, and cuts others if there are too many bytes. It may cut the new one.
func (r *slowResponses) add(s *slowResponse) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, s)
	r.bytes += s.bytes
	for r.bytes > maxSlowBytes {
		cut := r.oldestOfLargest()
		r.drop(cut)
		cut.cut()
	}
}

// remove removes a response that has ended, unless it was cut.
func (r *slowResponses) remove(s *slowResponse) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(s)
}

// drop removes a response if it is there. The caller holds mu.
func (r *slowResponses) drop(s *slowResponse) {
	for i, other := range r.all {
		if other == s {
			r.all = append(r.all[:i:i], r.all[i+1:]...)
			r.bytes -= s.bytes
			return
		}
	}
}

// oldestOfLargest returns the oldest response of the user with the most bytes.
func (r *slowResponses) oldestOfLargest() (oldest *slowResponse) {
	byOwner := map[id.ID]int{}
	for _, s := range r.all {
		byOwner[s.owner] += s.bytes
	}
	for _, s := range r.all {
		if oldest == nil || byOwner[s.owner] > byOwner[oldest.owner] {
			oldest = s
		}
	}
	return oldest
}

// extend gives the client more time. It returns false if the response was cut.
func (s *slowResponse) extend(timeout time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isCut {
		_ = s.rc.SetWriteDeadline(time.Now().Add(timeout)) // not every server of a test has deadlines
	}
	return !s.isCut
}

// cut ends the write that waits for the client. net/http then closes the connection.
func (s *slowResponse) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isCut = true
	_ = s.rc.SetWriteDeadline(time.Now())
}

// endOf returns why a response was not written completely.
func endOf(err error) error {
	if errors.Is(err, errClientSlow) || errors.Is(err, os.ErrDeadlineExceeded) {
		return errClientSlow
	}
	return errClientGone
}
