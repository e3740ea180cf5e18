// Package subscribe is the use case of the paid plan: it sells Pro through a payments
// provider and keeps the stored subscriptions in sync with it. A webhook only says that
// something has changed. The state is always fetched from the provider.
package subscribe

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// Config is what a Service needs.
type Config struct {
	Payments          ports.Payments
	Webhooks          ports.Webhooks
	Subscriptions     ports.Subscriptions
	WebhookLedger     ports.WebhookLedger
	CustomerDeletions ports.CustomerDeletions
	MessageCounts     ports.MessageCounts
	Limiter           ports.Limiter
	Clock             ports.Clock
	Plans             plan.Plans

	// ReturnPages is called for each request, because a server may learn its own address
	// only after it has started.
	ReturnPages func() ReturnPages
}

// Service is the use case.
type Service struct{ config Config }

// New returns a Service.
func New(c Config) *Service { return &Service{config: c} }

// Overview is the subscription of a user, the plan, and the use of the plan today.
type Overview struct {
	subscription.Summary
	Plan          plan.Plan
	MessagesToday int       // messages sent on the current UTC day
	ResetsAt      time.Time // when the next UTC day starts
}

// Overview returns the overview of a user, from the stored snapshot. Unlike Refresh, it does
// not call the payments provider.
func (s *Service) Overview(ctx context.Context, userID id.ID) (Overview, error) {
	r, err := s.config.Subscriptions.Get(ctx, userID)
	if err != nil {
		return Overview{}, fmt.Errorf("reading the subscription: %w", err)
	}
	now := s.config.Clock.Now()
	today := quota.DayOf(now)
	sent, err := s.config.MessageCounts.Count(ctx, userID, today)
	if err != nil {
		return Overview{}, fmt.Errorf("counting today's messages: %w", err)
	}
	return Overview{
		Summary:       subscription.Summarize(r.Snapshot, s.config.Plans, now),
		Plan:          s.config.Plans.For(r.Snapshot.ProUntil(s.config.Plans.Grace), now),
		MessagesToday: sent,
		ResetsAt:      today.End(),
	}, nil
}

// wrap adds a prefix to err. It returns nil if err is nil.
func wrap(prefix string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", prefix, err)
}
