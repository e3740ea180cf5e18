package memory

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
)

type countryDay struct {
	day     quota.Day
	country string
}

// Take implements ports.CodeCounts.
func (s CodeCounts) Take(ctx context.Context, day quota.Day, country string, limit int) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	key := countryDay{day, country}
	if limit > 0 && s.codesTaken[key] >= limit {
		return otp.ErrCountryCap
	}
	s.codesTaken[key]++
	return nil
}

// GiveBack implements ports.CodeCounts.
func (s CodeCounts) GiveBack(ctx context.Context, day quota.Day, country string) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.codesTaken[countryDay{day, country}]--
	return nil
}

// Taken implements ports.CodeCounts.
func (s CodeCounts) Taken(ctx context.Context, day quota.Day) (map[string]int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	taken := map[string]int{}
	for key, n := range s.codesTaken {
		if key.day == day {
			taken[key.country] = n
		}
	}
	return taken, nil
}

// Add implements ports.CodeCounts.
func (s CodeCounts) Add(ctx context.Context, counts map[otp.CountKey]otp.CodeCount) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for key, count := range counts {
		s.codeCounts[key] = s.codeCounts[key].Plus(count)
	}
	return nil
}

// Sum implements ports.CodeCounts.
func (s CodeCounts) Sum(ctx context.Context, from, before time.Time) (map[string]otp.CodeCount, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	sums := map[string]otp.CodeCount{}
	for key, count := range s.codeCounts {
		if !key.Period.Before(from) && key.Period.Before(before) {
			sums[key.Country] = sums[key.Country].Plus(count)
		}
	}
	return sums, nil
}
