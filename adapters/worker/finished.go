package worker

import (
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// finished counts the replies that were finished in the last reply.CapacityWindow. It has a
// count for each second of the window.
type finished struct {
	mu      sync.Mutex
	seconds [reply.CapacityWindow / time.Second]secondCount
}

// secondCount is the number of replies that were finished in a second of Unix time.
type secondCount struct {
	second int64
	n      int
}

// add counts a reply that was finished at now.
func (f *finished) add(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	second := now.Unix()
	c := &f.seconds[second%int64(len(f.seconds))]
	if c.second != second {
		*c = secondCount{second: second}
	}
	c.n++
}

// count returns the number of replies in the window that ends at now.
func (f *finished) count(now time.Time) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	oldest := now.Unix() - int64(len(f.seconds))
	for _, c := range f.seconds {
		if c.second > oldest {
			n += c.n
		}
	}
	return n
}
