package memory

import (
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

// Get implements ports.Subscriptions.
func (s Subscriptions) Get(ctx context.Context, userID id.ID) (subscription.Record, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return subscription.Record{}, err
	}
	defer unlock()
	if r, ok := s.subscriptions[userID]; ok {
		return r, nil
	}
	return subscription.Record{User: userID}, nil
}

// Find implements ports.Subscriptions.
func (s Subscriptions) Find(ctx context.Context, customer string) (subscription.Record, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return subscription.Record{}, err
	}
	defer unlock()
	for _, r := range s.subscriptions {
		if r.Customer == customer {
			return r, nil
		}
	}
	return subscription.Record{}, subscription.ErrUnknownCustomer
}

// Save implements ports.Subscriptions.
func (s Subscriptions) Save(ctx context.Context, r subscription.Record, proUntil time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	u := s.users[r.User]
	if u == nil {
		return user.ErrNotFound
	}
	if s.subscriptions[r.User].Version != r.Version {
		return subscription.ErrStale
	}
	r.Version++
	s.subscriptions[r.User], u.ProUntil = r, proUntil
	return nil
}

// TakeDue implements ports.Subscriptions.
func (s Subscriptions) TakeDue(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var due []subscription.Record
	for _, r := range s.subscriptions {
		if !r.Due.IsZero() && !r.Due.After(now) {
			due = append(due, r)
		}
	}
	slices.SortFunc(due, func(a, b subscription.Record) int { return a.Due.Compare(b.Due) })
	due = due[:min(n, len(due))]
	for i := range due {
		due[i].Due = later
		s.subscriptions[due[i].User] = due[i]
	}
	return due, nil
}
