// Package export is the use case of data portability: users get everything that is kept about them.
package export

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// perHour is how many exports of a user begin in an hour.
const perHour = 5

// Config is what a Service needs.
type Config struct {
	Users          ports.Users
	Records        ports.AccountRecords
	Subscriptions  ports.Subscriptions
	Messages       ports.Messages
	MessageChanges ports.MessageChanges
	Conversations  ports.Conversations
	Limiter        ports.Limiter
	Clock          ports.Clock
}

// Service is the use case.
type Service struct{ config Config }

// New returns a Service.
func New(c Config) *Service { return &Service{config: c} }

// Export is the data of a user. Its methods read the lists in pages, so that the memory that an
// export needs does not depend on the amount of data. Data that changes during the export may be
// exported as it was before or after the change.
type Export struct {
	Began        time.Time
	User         user.User
	Subscription subscription.Record

	config Config
}

// Begin returns an export of a user. It fails with fault.ErrRateLimited, or with session.ErrBadToken
// when the account was erased.
func (s *Service) Begin(ctx context.Context, userID id.ID) (*Export, error) {
	now := s.config.Clock.Now()
	limit := ports.RateLimit{Key: "export:" + string(userID), Limit: perHour, Window: time.Hour}
	if err := s.config.Limiter.Take(ctx, now, limit); err != nil {
		return nil, fmt.Errorf("rate-limiting exports: %w", err)
	}
	u, err := s.config.Users.Get(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("reading the account: %w", session.BadTokenIfErased(err))
	}
	record, err := s.config.Subscriptions.Get(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("reading the subscription: %w", err)
	}
	return &Export{
		Began:        now,
		User:         u,
		Subscription: record,
		config:       s.config,
	}, nil
}
