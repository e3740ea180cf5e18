package login

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/text"
	"github.com/kuvaka-tech/parley/core/user"
)

// Signup adds an account for a number and returns the parsed number. The first login with a
// code proves the account. name may be "". If the number already has an account, Signup
// changes nothing and returns the same result, so that it does not reveal which numbers are
// known. It fails with phone.ErrInvalid, the error of Policy.AllowNumber or the error of
// text.Name.
func (s *Service) Signup(ctx context.Context, number, name string) (phone.Number, error) {
	n, err := s.allowedNumber(number)
	if err != nil {
		return n, err
	}
	u := user.User{Number: n, Created: s.config.Clock.Now()}
	if name != "" {
		if u.Name, err = text.Name(name); err != nil {
			return n, err
		}
	}
	if u.ID, err = id.New(u.Created, s.config.Random); err != nil {
		return n, err
	}
	if err := s.config.Users.Add(ctx, u); err != nil && !errors.Is(err, user.ErrTaken) {
		return n, fmt.Errorf("adding the account: %w", err)
	}
	return n, nil
}

// allowedNumber parses a number and checks that codes may be sent to it. Test
// numbers are always allowed, because no code is sent to them. It fails with
// phone.ErrInvalid or the error of Policy.AllowNumber.
func (s *Service) allowedNumber(number string) (phone.Number, error) {
	n, err := phone.Parse(number)
	if err != nil || s.config.Policy.AllowNumber == nil {
		return n, err
	}
	if _, ok := s.config.Policy.TestNumbers.Find(n, s.config.Clock.Now()); ok {
		return n, nil
	}
	return n, s.config.Policy.AllowNumber(n)
}
