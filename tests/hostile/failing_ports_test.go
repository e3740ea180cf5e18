package hostile

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// failure makes ports fail with an error while it is on.
type failure struct {
	on  atomic.Bool
	err error
}

// check returns the error, or nil while the failure is off.
func (f *failure) check() error {
	if f.on.Load() {
		return f.err
	}
	return nil
}

type failingSessions struct {
	ports.Sessions
	*failure
}

// Alive implements ports.Sessions.
func (s failingSessions) Alive(ctx context.Context, sessionID id.ID, now time.Time) error {
	return errors.Join(s.check(), s.Sessions.Alive(ctx, sessionID, now))
}

// Refresh implements ports.Sessions.
func (s failingSessions) Refresh(
	ctx context.Context, sessionID id.ID, n int, now, expires time.Time,
) (session.Session, session.Successor, error) {
	if err := s.check(); err != nil {
		return session.Session{}, session.Successor{}, err
	}
	return s.Sessions.Refresh(ctx, sessionID, n, now, expires)
}

type failingLimiter struct {
	ports.Limiter
	*failure
}

// Take implements ports.Limiter.
func (l failingLimiter) Take(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	if err := l.check(); err != nil {
		return err
	}
	return l.Limiter.Take(ctx, now, limits...)
}

type failingLedger struct {
	ports.WebhookLedger
	*failure
}

// Receive implements ports.WebhookLedger.
func (l failingLedger) Receive(ctx context.Context, eventID string, now time.Time) (bool, error) {
	if err := l.check(); err != nil {
		return false, err
	}
	return l.WebhookLedger.Receive(ctx, eventID, now)
}
