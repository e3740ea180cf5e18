package memory

import (
	"context"
	"iter"

	"github.com/kuvaka-tech/parley/core/id"
)

// ownerFollower receives a notice when a room of its owner changes. It buffers one notice.
// Further notices are merged with it.
type ownerFollower chan struct{}

// FollowOwner implements ports.LiveReader. It never yields an error.
func (l *Live) FollowOwner(ctx context.Context, owner id.ID) iter.Seq[error] {
	return func(yield func(error) bool) {
		f := l.addOwnerFollower(owner)
		defer l.removeOwnerFollower(owner, f)
		for ctx.Err() == nil {
			if !yield(nil) {
				return
			}
			select {
			case <-f:
			case <-ctx.Done():
			}
		}
	}
}

func (l *Live) addOwnerFollower(owner id.ID) ownerFollower {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ownerFollowers[owner] == nil {
		l.ownerFollowers[owner] = map[ownerFollower]bool{}
	}
	f := make(ownerFollower, 1)
	l.ownerFollowers[owner][f] = true
	return f
}

func (l *Live) removeOwnerFollower(owner id.ID, f ownerFollower) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ownerFollowers[owner], f)
	if len(l.ownerFollowers[owner]) == 0 {
		delete(l.ownerFollowers, owner)
	}
}

// notifyOwner sends a notice to the followers of an owner. The caller holds the lock.
func (l *Live) notifyOwner(owner id.ID) {
	for f := range l.ownerFollowers[owner] {
		select {
		case f <- struct{}{}:
		default:
		}
	}
}
