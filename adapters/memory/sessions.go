package memory

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

// Open implements ports.Sessions.
func (s Sessions) Open(ctx context.Context, opened session.Session, d session.DeviceID) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.users[opened.User] == nil {
		return user.ErrNotFound
	}
	s.sessions[opened.ID] = opened
	s.devices[d] = device{user: opened.User, session: opened.ID, expires: opened.Opened.Add(session.DeviceTTL)}
	return nil
}

// Alive implements ports.Sessions.
func (s Sessions) Alive(ctx context.Context, sessionID id.ID, now time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if !s.sessions[sessionID].Alive(now) {
		return session.ErrBadToken
	}
	return nil
}

// End implements ports.Sessions.
func (s Sessions) End(ctx context.Context, sessionID id.ID) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	delete(s.sessions, sessionID)
	purge(s.devices, func(_ session.DeviceID, d device) bool { return d.session == sessionID })
	return nil
}

// EndEvery implements ports.Sessions.
func (s Sessions) EndEvery(ctx context.Context) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	clear(s.sessions)
	clear(s.devices)
	return nil
}

// EndAll implements ports.Sessions.
func (s Sessions) EndAll(ctx context.Context, userID, except id.ID) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	purge(s.sessions, func(sessionID id.ID, open session.Session) bool {
		return open.User == userID && sessionID != except
	})
	purge(s.devices, func(_ session.DeviceID, d device) bool { return d.user == userID && d.session != except })
	return nil
}
