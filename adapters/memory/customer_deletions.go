package memory

import (
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// customerDeletion is a customer in the outbox.
type customerDeletion struct {
	subscription.CustomerDeletion
	due time.Time // zero if due immediately
}

// Add implements ports.CustomerDeletions.
func (s CustomerDeletions) Add(ctx context.Context, customer string) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.deleteCustomer(customer)
	return nil
}

// deleteCustomer adds a customer to the outbox.
func (s *Store) deleteCustomer(customer string) {
	version := s.customerDeletions[customer].Version + 1
	s.customerDeletions[customer] = customerDeletion{
		CustomerDeletion: subscription.CustomerDeletion{Customer: customer, Version: version},
	}
}

// TakeDue implements ports.CustomerDeletions.
func (s CustomerDeletions) TakeDue(
	ctx context.Context, now, later time.Time, n int,
) (taken []subscription.CustomerDeletion, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var due []customerDeletion
	for _, d := range s.customerDeletions {
		if !d.due.After(now) {
			due = append(due, d)
		}
	}
	slices.SortFunc(due, func(a, b customerDeletion) int { return a.due.Compare(b.due) })
	for _, d := range due[:min(n, len(due))] {
		taken = append(taken, d.CustomerDeletion)
		d.due = later
		s.customerDeletions[d.Customer] = d
	}
	return taken, nil
}

// Postpone implements ports.CustomerDeletions.
func (s CustomerDeletions) Postpone(ctx context.Context, d subscription.CustomerDeletion, due time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.customerDeletions[d.Customer].Version == d.Version {
		s.customerDeletions[d.Customer] = customerDeletion{CustomerDeletion: d, due: due}
	}
	return nil
}

// Remove implements ports.CustomerDeletions.
func (s CustomerDeletions) Remove(ctx context.Context, d subscription.CustomerDeletion) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.customerDeletions[d.Customer].Version == d.Version {
		delete(s.customerDeletions, d.Customer)
	}
	return nil
}

// Count implements ports.CustomerDeletions.
func (s CustomerDeletions) Count(ctx context.Context) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return len(s.customerDeletions), nil
}
