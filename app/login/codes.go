package login

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// LoginWithCode opens a session for a number with a code from SendLoginCode. If the number has
// no account, LoginWithCode opens one with a name or, if name is "", with the name of the last
// sign-up. It does not rename an account. It fails with phone.ErrInvalid, otp.ErrFormat, the
// error of text.Name, otp.ErrBadCode or fault.ErrRateLimited.
func (s *Service) LoginWithCode(ctx context.Context, c Client, number, code, name string) (Token, error) {
	name, err := optionalName(name)
	if err != nil {
		return Token{}, err
	}
	slot, err := s.tryCode(ctx, c, otp.Login, number, code)
	if err != nil {
		return Token{}, err
	}
	now := s.config.Clock.Now()
	userID, err := id.New(now, s.config.Random)
	if err != nil {
		return Token{}, err
	}
	u, err := s.config.Users.AddProven(ctx, user.User{
		ID:      userID,
		Number:  slot.Number,
		Name:    name,
		Created: now,
		Proven:  now,
	})
	if err != nil {
		return Token{}, fmt.Errorf("adding the account: %w", err)
	}
	if err := s.restoreCounts(ctx, u, now); err != nil {
		return Token{}, err
	}
	opened, token, err := s.openSession(ctx, u.ID, c, slot.Device)
	if err != nil {
		return Token{}, fault.Replace(err, user.ErrNotFound, otp.ErrBadCode) // the account was erased after AddProven
	}
	unchanged, err := s.endUnless(ctx, opened, func(now user.User) bool { return now.Number == slot.Number })
	if err != nil {
		return Token{}, err
	}
	if !unchanged {
		return Token{}, otp.ErrBadCode
	}
	return token, nil
}

// tryCode tries a code and returns its slot. It fails with phone.ErrInvalid, otp.ErrFormat,
// otp.ErrBadCode or fault.ErrRateLimited.
func (s *Service) tryCode(ctx context.Context, c Client, p otp.Purpose, number, code string) (otp.Slot, error) {
	n, err := phone.Parse(number)
	if err != nil {
		return otp.Slot{}, err
	}
	if err := otp.CheckFormat(code); err != nil {
		return otp.Slot{}, err
	}
	d, err := s.deviceFor(ctx, c, n)
	if err != nil {
		return otp.Slot{}, err
	}
	if err := s.takeCodeTry(ctx, d); err != nil {
		return otp.Slot{}, err
	}
	slot := otp.Slot{Purpose: p, Number: n, Device: d}
	return slot, s.trySlot(ctx, c, slot, code)
}

// trySlot tries a code of a slot. It fails with otp.ErrBadCode or fault.ErrRateLimited.
func (s *Service) trySlot(ctx context.Context, c Client, slot otp.Slot, code string) error {
	a := otp.Attempt{
		Slot:    slot,
		Network: c.network(),
		MACs:    s.config.Policy.OTPKeys.MACs(slot.Purpose, slot.Number, code),
	}
	return s.tryAttempt(ctx, a)
}

// tryAttempt tries a code and counts the result. It fails with otp.ErrBadCode or fault.ErrRateLimited.
func (s *Service) tryAttempt(ctx context.Context, a otp.Attempt) error {
	now := s.config.Clock.Now()
	if err := s.config.Guard.takeTry(ctx, a.Slot, a.Network, now); err != nil {
		return err
	}
	tried, err := s.config.Codes.Try(ctx, a, now)
	if _, isTest := s.config.Policy.TestNumbers.Find(a.Number, now); !isTest {
		s.config.Guard.countTried(a.Slot, tried, now, err)
	}
	if err != nil {
		return fmt.Errorf("trying the code: %w", err)
	}
	return nil
}

// userOf returns the account of a number. It returns the zero User if the number has none.
func (s *Service) userOf(ctx context.Context, n phone.Number) (user.User, error) {
	u, err := s.config.Users.Find(ctx, n)
	if errors.Is(err, user.ErrNotFound) {
		return user.User{}, nil
	}
	if err != nil {
		return user.User{}, fmt.Errorf("finding the account: %w", err)
	}
	return u, nil
}
