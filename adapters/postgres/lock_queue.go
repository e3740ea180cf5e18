package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// lockQueueTimeout limits how long a statement waits in a lockQueue. It is longer than lockTimeout,
// because it waits without a connection.
const lockQueueTimeout = 5 * time.Second

// lockQueue runs statements that wait for the locks of a user's rows: one at a time for each user,
// and only a few at a time for all. The next statement of a user would only wait for the same
// locks, so it waits without a connection. So a user whose rows are locked occupies one connection.
type lockQueue struct {
	running chan struct{} // has an element for each running statement

	mu    sync.Mutex
	users map[id.ID]*userQueue
}

// userQueue is the queue of one user. It exists while a statement runs or waits.
type userQueue struct {
	running chan struct{} // has an element while a statement runs
	members int           // statements that run or wait
}

func newLockQueue(maxRunning int32) *lockQueue {
	return &lockQueue{running: make(chan struct{}, max(1, maxRunning)), users: map[id.ID]*userQueue{}}
}

// do runs f after the other statements of the user. It fails with errCrowded if it would have to wait
// for longer than lockQueueTimeout for them, or for those of all users.
func (q *lockQueue) do(ctx context.Context, userID id.ID, f func() error) error {
	u := q.join(userID)
	defer q.leave(userID, u)
	waiting, cancel := context.WithTimeoutCause(ctx, lockQueueTimeout, errCrowded)
	defer cancel()
	return withSlot(waiting, u.running, func() error { return withSlot(waiting, q.running, f) })
}

func (q *lockQueue) join(userID id.ID) *userQueue {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.users[userID]
	if u == nil {
		u = &userQueue{running: make(chan struct{}, 1)}
		q.users[userID] = u
	}
	u.members++
	return u
}

func (q *lockQueue) leave(userID id.ID, u *userQueue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	u.members--
	if u.members == 0 {
		delete(q.users, userID)
	}
}
