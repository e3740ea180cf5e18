// Package profile is the use case of accounts: users read, rename and erase their own account.
package profile

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/text"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Config is what a Service needs.
type Config struct {
	Users         ports.Users
	MessageCounts ports.MessageCounts
	Eraser        ports.Eraser
	Rooms         ports.Rooms
	Live          ports.Live
	Clock         ports.Clock
	Plans         plan.Plans
	NumberKey     quota.NumberKey
}

// Service is the use case.
type Service struct{ config Config }

// New returns a Service.
func New(c Config) *Service { return &Service{config: c} }

// Profile is an account, its plan and the use of the plan today.
type Profile struct {
	User          user.User
	Plan          plan.Plan
	MessagesToday int // messages sent on the current UTC day
}

// Get returns the profile of a user. It fails with session.ErrBadToken when the
// account was erased.
func (s *Service) Get(ctx context.Context, userID id.ID) (Profile, error) {
	u, err := s.config.Users.Get(ctx, userID)
	if err != nil {
		return Profile{}, fmt.Errorf("reading the account: %w", session.BadTokenIfErased(err))
	}
	now := s.config.Clock.Now()
	sent, err := s.config.MessageCounts.Count(ctx, userID, quota.DayOf(now))
	if err != nil {
		return Profile{}, fmt.Errorf("counting today's messages: %w", err)
	}
	return Profile{User: u, Plan: s.config.Plans.For(u.ProUntil, now), MessagesToday: sent}, nil
}

// Rename sets the user's name and returns the profile. It fails with the error of
// text.Name, or with session.ErrBadToken when the account was erased.
func (s *Service) Rename(ctx context.Context, userID id.ID, name string) (Profile, error) {
	name, err := text.Name(name)
	if err != nil {
		return Profile{}, err
	}
	if err := s.config.Users.Rename(ctx, userID, name); err != nil {
		return Profile{}, fmt.Errorf("renaming the account: %w", session.BadTokenIfErased(err))
	}
	return s.Get(ctx, userID)
}
