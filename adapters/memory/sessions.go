package memory

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
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

// Find implements ports.Sessions.
func (s Sessions) Find(ctx context.Context, sessionIDs []id.ID, now time.Time) ([]session.Session, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var found []session.Session
	for _, sessionID := range sessionIDs {
		if one, ok := s.sessions[sessionID]; ok && one.Alive(now) {
			found = append(found, one)
		}
	}
	return found, nil
}

// List implements ports.Sessions.
func (s Sessions) List(ctx context.Context, userID id.ID, now time.Time) ([]session.Session, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var all []session.Session
	for _, one := range s.sessions {
		if one.User == userID && one.Alive(now) {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b session.Session) int { return strings.Compare(string(b.ID), string(a.ID)) })
	return all[:min(len(all), ports.MaxListedSessions)], nil
}

// Used implements ports.Sessions.
func (s Sessions) Used(ctx context.Context, sessionIDs []id.ID, now, expires time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, sessionID := range sessionIDs {
		if one, ok := s.sessions[sessionID]; ok && one.Alive(now) {
			s.sessions[sessionID] = one.Used(now, expires)
		}
	}
	return nil
}

// Refresh implements ports.Sessions.
func (s Sessions) Refresh(
	ctx context.Context, sessionID id.ID, n int, now, expires time.Time,
) (session.Session, session.Successor, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return session.Session{}, session.Successor{}, err
	}
	defer unlock()
	one := s.sessions[sessionID]
	if !one.Alive(now) {
		return session.Session{}, session.Successor{}, session.ErrBadToken
	}
	next, rotation, err := one.Rotation.Use(n, now)
	if err != nil {
		return one, session.Successor{}, err
	}
	if rotation.Current != one.Rotation.Current {
		one.Rotation = rotation
		one = one.Used(now, expires)
		s.sessions[sessionID] = one
	}
	return one, next, nil
}

// Ended implements ports.Sessions.
func (s Sessions) Ended(ctx context.Context) ([]id.ID, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return slices.Collect(maps.Keys(s.endedSessions)), nil
}

// endSessions ends sessions. The caller holds the lock.
func (s *Store) endSessions(end func(session.Session) bool) {
	purge(s.sessions, func(sessionID id.ID, one session.Session) bool {
		if !end(one) {
			return false
		}
		s.endedSessions[sessionID] = time.Now()
		return true
	})
}

// End implements ports.Sessions.
func (s Sessions) End(ctx context.Context, userID, sessionID id.ID) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.sessions[sessionID].User != userID {
		return session.ErrNotFound
	}
	s.endSessions(func(one session.Session) bool { return one.ID == sessionID })
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
	s.endSessions(func(one session.Session) bool { return one.User == userID && one.ID != except })
	purge(s.devices, func(_ session.DeviceID, d device) bool { return d.user == userID && d.session != except })
	return nil
}
