package answer

import (
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// earlySignalTime is how long a signal waits for its attempt. A reply can be cancelled
// between its claim in the store and the registration of the attempt.
const earlySignalTime = 5 * time.Second

// runningAttempts has the attempts of this process, so that a cancel signal reaches them.
// The signal only triggers a renewal of the lease, which asks the store whether the reply
// is cancelled. So a late or wrong signal does no harm.
type runningAttempts struct {
	mu      sync.Mutex
	signals map[chat.Attempt]chan struct{}
	early   [2]map[id.ID]bool // the replies with a signal that reached no attempt, the newer ones first
	began   time.Time         // when early[0] was empty
}

func newRunningAttempts() *runningAttempts {
	return &runningAttempts{signals: map[chat.Attempt]chan struct{}{}}
}

// register returns a channel that receives the cancel signals of the attempt's reply, until
// unregister is called.
func (r *runningAttempts) register(a chat.Attempt) (signals <-chan struct{}, unregister func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := make(chan struct{}, 1)
	r.signals[a] = c
	if r.early[0][a.Reply] || r.early[1][a.Reply] {
		c <- struct{}{}
	}
	return c, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.signals, a)
	}
}

// signal sends a signal to the attempts at a reply. It does not block.
func (r *runningAttempts) signal(replyID id.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := false
	for a, c := range r.signals {
		if a.Reply != replyID {
			continue
		}
		found = true
		select {
		case c <- struct{}{}:
		default: // the attempt has not handled the last signal yet
		}
	}
	if !found {
		r.keep(replyID)
	}
}

// keep keeps a signal for earlySignalTime to twice that. Most of these signals are for
// attempts of other processes. The caller holds the lock.
func (r *runningAttempts) keep(replyID id.ID) {
	if now := time.Now(); now.Sub(r.began) >= earlySignalTime {
		r.early = [2]map[id.ID]bool{{}, r.early[0]}
		r.began = now
	}
	r.early[0][replyID] = true
}
