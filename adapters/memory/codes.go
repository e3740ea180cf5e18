package memory

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// Find implements ports.Codes.
func (s Codes) Find(ctx context.Context, slot otp.Slot) (otp.Challenge, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return otp.Challenge{}, err
	}
	defer unlock()
	if c := s.codes[slot]; c != nil {
		return *c, nil
	}
	return otp.Challenge{}, nil
}

// Issue implements ports.Codes.
func (s Codes) Issue(ctx context.Context, fresh otp.Challenge, now time.Time) (otp.Challenge, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return otp.Challenge{}, err
	}
	defer unlock()
	if fresh.User != "" && s.users[fresh.User] == nil {
		return otp.Challenge{}, user.ErrNotFound
	}
	if c := s.codes[fresh.Slot]; c != nil && c.Active(now) {
		return *c, nil
	}
	s.codes[fresh.Slot] = &fresh
	return fresh, nil
}

// Try implements ports.Codes.
func (s Codes) Try(ctx context.Context, a otp.Attempt, now time.Time) (otp.Tried, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return otp.Tried{}, err
	}
	defer unlock()
	g, tried, err := otp.Try(s.codes[a.Slot], s.guesses[a.Number], a, now)
	if g != (otp.Guesses{}) {
		s.guesses[a.Number] = g
	}
	return tried, err
}

// Void implements ports.Codes.
func (s Codes) Void(ctx context.Context, p otp.Purpose, n phone.Number) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	purge(s.codes, func(slot otp.Slot, _ *otp.Challenge) bool { return slot.Purpose == p && slot.Number == n })
	return nil
}
