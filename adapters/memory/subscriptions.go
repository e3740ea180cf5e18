package memory

import (
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

func (s Subscriptions) Get(ctx context.Context, user id.ID) (subscription.Record, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return subscription.Record{}, err
	}
	defer unlock()
	if r, ok := s.records[user]; ok {
		return r, nil
	}
	return subscription.Record{User: user}, nil
}

func (s Subscriptions) Find(ctx context.Context, customer string) (subscription.Record, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return subscription.Record{}, err
	}
	defer unlock()
	for _, r := range s.records {
		if r.Customer == customer {
			return r, nil
		}
	}
	return subscription.Record{}, subscription.ErrUnknown
}

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
	if s.records[r.User].Version != r.Version {
		return subscription.ErrStale
	}
	r.Version++
	s.records[r.User], u.ProUntil = r, proUntil
	return nil
}

func (s Subscriptions) Due(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var due []subscription.Record
	for _, r := range s.records {
		if !r.Due.IsZero() && !r.Due.After(now) {
			due = append(due, r)
		}
	}
	slices.SortFunc(due, func(a, b subscription.Record) int { return a.Due.Compare(b.Due) })
	due = due[:min(n, len(due))]
	for i := range due {
		due[i].Due = later
		s.records[due[i].User] = due[i]
	}
	return due, nil
}

func (s Ledger) Receive(ctx context.Context, id string, now time.Time) (bool, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	known, ok := s.events[id]
	if !ok {
		s.events[id] = event{at: now}
	}
	return known.applied, nil
}

func (s Ledger) Applied(ctx context.Context, id string, now time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.events[id] = event{at: now, applied: true}
	return nil
}
