package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/quota"
)

// Add implements ports.TokenSpend.
func (s TokenSpend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.tokenSpend[day] += tokens
	return nil
}

// Total implements ports.TokenSpend.
func (s TokenSpend) Total(ctx context.Context, day quota.Day) (int64, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return s.tokenSpend[day], nil
}
