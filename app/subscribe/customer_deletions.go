package subscribe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

const (
	// deletionBatch is how many customers one call of DeleteCustomers takes.
	deletionBatch = 5
	// deletionLease is when a customer is due again, if the process that has taken it crashes.
	// It is longer than the calls for a batch.
	deletionLease = 5 * time.Minute
)

// DeletionResult counts the customers of one batch.
type DeletionResult struct {
	Deleted int
	Failed  int
}

// Full reports whether the batch was full and no deletion failed. More customers may then be due.
func (r DeletionResult) Full() bool { return r.Deleted == deletionBatch }

// DeleteCustomers deletes one batch of customers of erased accounts at the payments provider. A
// deletion that fails is repeated later, as CustomerDeletion.Failed says. DeleteCustomers returns
// the joined errors of those that failed.
func (s *Service) DeleteCustomers(ctx context.Context) (DeletionResult, error) {
	now := s.config.Clock.Now()
	due, err := s.config.CustomerDeletions.TakeDue(ctx, now, now.Add(deletionLease), deletionBatch)
	if err != nil {
		return DeletionResult{}, fmt.Errorf("taking customers that are due: %w", err)
	}
	var errs []error
	for _, d := range due {
		if err := s.deleteCustomer(ctx, d); err != nil {
			errs = append(errs, err)
		}
	}
	return DeletionResult{Deleted: len(due) - len(errs), Failed: len(errs)}, errors.Join(errs...)
}

// deleteCustomer deletes a customer, and removes it from the outbox or postpones it.
func (s *Service) deleteCustomer(ctx context.Context, d subscription.CustomerDeletion) error {
	err := s.config.Payments.DeleteCustomer(ctx, d.Customer)
	if err == nil {
		err = s.config.CustomerDeletions.Remove(ctx, d)
		return wrap("removing customer "+d.Customer+" from the outbox", err)
	}
	failed, due := d.Failed(s.config.Clock.Now())
	return errors.Join(
		fmt.Errorf("deleting customer %s: %w", d.Customer, err),
		wrap("postponing the deletion", s.config.CustomerDeletions.Postpone(ctx, failed, due)))
}
