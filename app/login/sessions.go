package login

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// Token is the result of a login.
type Token struct {
	Access    string // the access token
	ExpiresIn time.Duration

	// Device is the token with which the device is known for session.DeviceTTL, or until the
	// session is ended.
	Device session.DeviceToken
}

// Authenticate returns the session of an access token. It fails with session.ErrNoToken for
// the token "", and with session.ErrBadToken for a token that is not valid or whose session
// has ended.
func (s *Service) Authenticate(ctx context.Context, token string) (session.Session, error) {
	if token == "" {
		return session.Session{}, session.ErrNoToken
	}
	opened, err := s.config.Tokens.Verify(token, s.config.Clock.Now())
	if err != nil {
		return session.Session{}, fmt.Errorf("verifying the token: %w", err)
	}
	if err := s.CheckSession(ctx, opened); err != nil {
		return session.Session{}, err
	}
	return opened, nil
}

// CheckSession fails with session.ErrBadToken when a session has expired or ended.
func (s *Service) CheckSession(ctx context.Context, opened session.Session) error {
	if err := s.config.Sessions.Alive(ctx, opened.ID, s.config.Clock.Now()); err != nil {
		return fmt.Errorf("checking the session: %w", err)
	}
	return nil
}

// openSession opens a session for a user and signs its access token. known is the known
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
	opened := session.Session{ID: sessionID, User: userID, Opened: now, Expires: now.Add(s.config.Policy.TokenTTL)}
	if err := s.config.Sessions.Open(ctx, opened, device.ID()); err != nil {
		return opened, Token{}, fmt.Errorf("opening the session: %w", err)
	}
	access, err := s.config.Tokens.Sign(opened)
	if err != nil {
		return opened, Token{}, fmt.Errorf("signing the token: %w", err)
	}
	return opened, Token{Access: access, ExpiresIn: s.config.Policy.TokenTTL, Device: device}, nil
}

// deviceToken returns the token of the client's known device, and a new one for a stranger.
// A known device keeps its token, because it may not receive the response.
func (s *Service) deviceToken(c Client, known session.DeviceID) (session.DeviceToken, error) {
	if known != "" {
		return c.token, nil
	}
	return session.NewDeviceToken(s.config.Random)
}

// Logout ends a session and forgets its device. It also succeeds when the session has already
// ended.
func (s *Service) Logout(ctx context.Context, opened session.Session) error {
	if err := s.config.Sessions.End(ctx, opened.ID); err != nil {
		return fmt.Errorf("ending the session: %w", err)
	}
	return nil
}

// endSessions ends all sessions of a user but the session except. It ends all if except
// is "".
func (s *Service) endSessions(ctx context.Context, userID, except id.ID) error {
	if err := s.config.Sessions.EndAll(ctx, userID, except); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}
