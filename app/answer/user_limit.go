package answer

import (
	"context"
	"sync"

	"github.com/kuvaka-tech/parley/core/id"
)

// userLimit limits the concurrent model calls of each user in this process. The claim
// already limits the running replies of a user. But when a room is deleted, its reply
// stops running in the store immediately, while the model call continues until its worker
// notices. Without userLimit, a user could exceed the limit by deleting rooms.
type userLimit struct {
	perUser int // 0 means no limit
	mu      sync.Mutex
	users   map[id.ID]*semaphore
}

// semaphore has the slots of one user. It exists while a call of the user runs or waits.
type semaphore struct {
	slots chan struct{} // contains one element for each running call
	refs  int           // calls that run or wait
}

func newUserLimit(perUser int) *userLimit {
	return &userLimit{perUser: perUser, users: map[id.ID]*semaphore{}}
}

// acquire waits for a free slot of the user and takes it until release is called. It fails
// with the cause of ctx when ctx ends first.
func (l *userLimit) acquire(ctx context.Context, userID id.ID) (release func(), err error) {
	if l.perUser == 0 {
		return func() {}, nil
	}
	s := l.ref(userID)
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots; l.unref(userID, s) }, nil
	case <-ctx.Done():
		l.unref(userID, s)
		return nil, context.Cause(ctx)
	}
}

// ref adds a reference to the semaphore of the user, which it creates if necessary.
func (l *userLimit) ref(userID id.ID) *semaphore {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.users[userID]
	if s == nil {
		s = &semaphore{slots: make(chan struct{}, l.perUser)}
		l.users[userID] = s
	}
	s.refs++
	return s
}

// unref removes a reference, and after the last one the semaphore of the user.
func (l *userLimit) unref(userID id.ID, s *semaphore) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.refs--
	if s.refs == 0 {
		delete(l.users, userID)
	}
}
