package login

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/text"
	"github.com/kuvaka-tech/parley/core/user"
)

// Signup stores the name for the account that the first login with a code will open, and
// returns the parsed number. name may be "". The last sign-up of a number counts. A sign-up of a
// number that already has an account is also stored, but has no effect. So Signup does not
// reveal which numbers are known. It fails with phone.ErrInvalid, the error of
// Policy.AllowNumber or the error of text.Name.
func (s *Service) Signup(ctx context.Context, number, name string) (phone.Number, error) {
	n, err := s.allowedNumber(number)
	if err != nil {
		return n, err
	}
	signup := user.Signup{Number: n, Created: s.config.Clock.Now()}
	if signup.Name, err = optionalName(name); err != nil {
		return n, err
	}
	if signup.ID, err = id.New(signup.Created, s.config.Random); err != nil {
		return n, err
	}
	if err := s.config.Users.SignUp(ctx, signup); err != nil {
		return n, fmt.Errorf("storing the sign-up: %w", err)
	}
	return n, nil
}

// optionalName returns a name without surrounding spaces, and "" for "". It fails with the
// error of text.Name.
func optionalName(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	return text.Name(name)
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
