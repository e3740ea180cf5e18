package memory

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

// Open fails with user.ErrNotFound when there is no such user any more.
func (s Sessions) Open(ctx context.Context, opened session.Session) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.users[opened.User] == nil {
		return user.ErrNotFound
	}
	s.sessions[opened.ID] = opened
	return nil
}

func (s Sessions) Alive(ctx context.Context, id id.ID, now time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if !s.sessions[id].Alive(now) {
		return session.ErrBadToken
	}
	return nil
}

func (s Sessions) End(ctx context.Context, id id.ID) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	delete(s.sessions, id)
	return nil
}

func (s Sessions) EndAll(ctx context.Context, user, keep id.ID) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for sid, open := range s.sessions {
		if open.User == user && sid != keep {
			delete(s.sessions, sid)
		}
	}
	return nil
}
