package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/quota"
)

func (s Spend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.spend[day] += tokens
	return nil
}

func (s Spend) Spent(ctx context.Context, day quota.Day) (int64, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return s.spend[day], nil
}
