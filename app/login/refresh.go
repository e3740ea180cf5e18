package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

// Refresh exchanges a refresh token for an access token and the next refresh token. A repeated
// request gets the same tokens again, until the next refresh token is used and for
// session.RotationGrace. Refresh fails with fault.ErrRateLimited, and with session.ErrBadToken for a
// token that is not valid or whose session has ended. A token that is used after that ends the session.
func (s *Service) Refresh(ctx context.Context, t session.RefreshToken) (Token, error) {
	sessionID, n, err := s.config.Policy.RefreshKeys.Parse(t)
	if err != nil {
		return Token{}, fmt.Errorf("parsing the refresh token: %w", err)
	}
	now := s.config.Clock.Now()
	refreshed, next, err := s.config.Sessions.Refresh(ctx, sessionID, n, now, now.Add(s.config.Policy.SessionTTL))
	if errors.Is(err, session.ErrReplayed) {
		return Token{}, s.endReplayed(ctx, refreshed)
	}
	if err != nil {
		return Token{}, fmt.Errorf("refreshing the session: %w", err)
	}
	return s.newToken(refreshed, next, now)
}

// endReplayed ends a session whose refresh token was replayed, even if the client disconnects. It
// returns session.ErrBadToken if it succeeds.
func (s *Service) endReplayed(ctx context.Context, replayed session.Session) error {
	if err := s.endIfOpen(context.WithoutCancel(ctx), replayed.User, replayed.ID); err != nil {
		return err
	}
	return fmt.Errorf("%w: %w", session.ErrBadToken, session.ErrReplayed)
}

// newToken returns the tokens of a session at now. Their times do not depend on now, so that
// a repeated refresh gets the same ones, unless the access token has nearly expired since it was
// issued.
func (s *Service) newToken(opened session.Session, n session.Successor, now time.Time) (Token, error) {
	ttl := s.config.Policy.TokenTTL
	issued := n.Issued
	if now.Sub(issued) > ttl/2 {
		issued = now
	}
	access, err := s.config.Tokens.Sign(session.Access{
		Session:  opened.ID,
		User:     opened.User,
		LoggedIn: opened.Opened,
		Issued:   issued,
		Expires:  issued.Add(ttl),
	})
	if err != nil {
		return Token{}, fmt.Errorf("signing the token: %w", err)
	}
	return Token{
		Access:           access,
		ExpiresIn:        issued.Add(ttl).Sub(now),
		Refresh:          s.config.Policy.RefreshKeys.Token(opened.ID, n.Number),
		RefreshExpiresIn: opened.Expires.Sub(now),
	}, nil
}
