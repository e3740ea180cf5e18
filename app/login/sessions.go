package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// Token is the result of a login or a refresh.
type Token struct {
	Access    string // the access token
	ExpiresIn time.Duration

	Refresh          session.RefreshToken
	RefreshExpiresIn time.Duration

	// Device is the token with which the device is known for session.DeviceTTL, or until the
	// session is ended. It is "" for a refresh.
	Device session.DeviceToken
}

// Authenticate returns what an access token grants. It fails with session.ErrNoToken for
// the token "", and with session.ErrBadToken for a token that is not valid or whose session
// has ended.
func (s *Service) Authenticate(ctx context.Context, token string) (session.Access, error) {
	if token == "" {
		return session.Access{}, session.ErrNoToken
	}
	a, err := s.config.Tokens.Verify(token, s.config.Clock.Now())
	if err != nil {
		return session.Access{}, fmt.Errorf("verifying the token: %w", err)
	}
	if err := s.CheckSession(ctx, a); err != nil {
		return session.Access{}, err
	}
	return a, nil
}

// CheckSession fails with session.ErrBadToken when the session of an access has expired or ended.
func (s *Service) CheckSession(ctx context.Context, a session.Access) error {
	if err := s.config.Sessions.Alive(ctx, a.Session, s.config.Clock.Now()); err != nil {
		return fmt.Errorf("checking the session: %w", err)
	}
	return nil
}

// CheckRecentLogin fails with session.ErrRecentLoginRequired when the login of an access is not recent.
func (s *Service) CheckRecentLogin(a session.Access) error {
	return a.CheckRecentLogin(s.config.Clock.Now())
}

// openSession opens a session for a user and signs its first tokens. known is the known
// device of the client, which keeps its token, or "" for a stranger. It fails with
// user.ErrNotFound when the account does not exist.
func (s *Service) openSession(
	ctx context.Context, userID id.ID, c Client, known session.DeviceID,
) (session.Session, Token, error) {
	device, err := s.deviceToken(c, known)
	if err != nil {
		return session.Session{}, Token{}, err
	}
	now := s.config.Clock.Now()
	sessionID, err := id.New(now, s.config.Random)
	if err != nil {
		return session.Session{}, Token{}, err
	}
	opened := session.Session{
		ID:         sessionID,
		User:       userID,
		DeviceName: c.sender.DeviceName,
		Opened:     now,
		LastUsed:   now,
		Expires:    now.Add(s.config.Policy.SessionTTL),
	}
	if err := s.config.Sessions.Open(ctx, opened, device.ID()); err != nil {
		return opened, Token{}, fmt.Errorf("opening the session: %w", err)
	}
	token, err := s.newToken(opened, session.Successor{Issued: now}, now)
	token.Device = device
	return opened, token, err
}

// deviceToken returns the token of the client's known device, and a new one for a stranger.
// A known device keeps its token, because it may not receive the response.
func (s *Service) deviceToken(c Client, known session.DeviceID) (session.DeviceToken, error) {
	if known != "" {
		return c.sender.DeviceToken, nil
	}
	return session.NewDeviceToken(s.config.Random)
}

// Logout ends the session of an access, whose device is not known any more. It also succeeds when
// the session has already ended.
func (s *Service) Logout(ctx context.Context, a session.Access) error {
	return s.endIfOpen(ctx, a.User, a.Session)
}

// endIfOpen ends a session. It also succeeds when the session has already ended.
func (s *Service) endIfOpen(ctx context.Context, userID, sessionID id.ID) error {
	err := s.end(ctx, userID, sessionID)
	if errors.Is(err, session.ErrNotFound) {
		return nil
	}
	return err
}

// Sessions returns the sessions of a user, the last login first, at most ports.MaxListedSessions.
func (s *Service) Sessions(ctx context.Context, userID id.ID) ([]session.Session, error) {
	all, err := s.config.Sessions.List(ctx, userID, s.config.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("listing the sessions: %w", err)
	}
	return all, nil
}

// EndSession ends a session of a user, whose device is not known any more. It fails with
// session.ErrNotFound when the user has no such session.
func (s *Service) EndSession(ctx context.Context, userID id.ID, unparsed string) error {
	sessionID, ok := id.Parse(unparsed)
	if !ok {
		return session.ErrNotFound
	}
	return s.end(ctx, userID, sessionID)
}

func (s *Service) end(ctx context.Context, userID, sessionID id.ID) error {
	if err := s.config.Sessions.End(ctx, userID, sessionID); err != nil {
		return fmt.Errorf("ending the session: %w", err)
	}
	return nil
}

// EndOtherSessions ends all sessions of the user of an access but its own.
func (s *Service) EndOtherSessions(ctx context.Context, a session.Access) error {
	return s.endSessions(ctx, a.User, a.Session)
}

// endSessions ends all sessions of a user but the session except. It ends all if except
// is "".
func (s *Service) endSessions(ctx context.Context, userID, except id.ID) error {
	if err := s.config.Sessions.EndAll(ctx, userID, except); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}
