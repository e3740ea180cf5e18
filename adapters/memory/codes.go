package memory

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Issue implements ports.Codes.
func (s Codes) Issue(ctx context.Context, fresh otp.Challenge, now time.Time) (otp.Challenge, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return otp.Challenge{}, err
	}
	defer unlock()
	key := codeKey{fresh.Purpose, fresh.Number}
	if c := s.codes[key]; c != nil && c.Active(now) {
		return *c, nil
	}
	s.codes[key] = &fresh
	return fresh, nil
}

// Try implements ports.Codes.
func (s Codes) Try(ctx context.Context, p otp.Purpose, n phone.Number, macs otp.MACs, now time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	g, err := otp.Try(s.codes[codeKey{p, n}], s.guesses[n], macs, now)
	if g != (otp.Guesses{}) {
		s.guesses[n] = g
	}
	return err
}

// Void implements ports.Codes.
func (s Codes) Void(ctx context.Context, p otp.Purpose, n phone.Number) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	delete(s.codes, codeKey{p, n})
	return nil
}
