package login

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// WithPassword turns a number and its password into a session. It fails with
// phone.ErrInvalid, fault.RateLimited, or user.ErrCredentials, which looks and
// takes the same whether the number, its proof or the password is missing.
func (l *Login) WithPassword(ctx context.Context, number, password string) (Token, error) {
	n, err := phone.Parse(number)
	if err != nil {
		return Token{}, err
	}
	u, err := l.proven(ctx, n)
	if err != nil {
		return Token{}, err
	}
	if ok, err := l.match(ctx, guessesAt(n), u.Password, password); err != nil {
		return Token{}, err
	} else if !ok {
		return Token{}, user.ErrCredentials
	}
	s, token, err := l.open(ctx, u.ID)
	if err != nil {
		return Token{}, erased(err, user.ErrCredentials)
	}
	if err := l.recheck(ctx, s, u.Password); err != nil {
		return Token{}, err
	}
	return token, nil
}

// recheck ends a session that was opened by a password changed meanwhile, which
// the change could not yet see.
func (l *Login) recheck(ctx context.Context, s session.Session, hash string) error {
	u, err := l.users.Get(ctx, s.User)
	if err == nil && u.Password == hash {
		return nil
	}
	if ended := l.sessions.End(ctx, s.ID); ended != nil {
		return fmt.Errorf("ending the session: %w", errors.Join(ended, err))
	}
	if err != nil {
		return fmt.Errorf("reading the account again: %w", erased(err, user.ErrCredentials))
	}
	return user.ErrCredentials
}

// match looks at one guess, within the account's budget.
func (l *Login) match(ctx context.Context, budget ports.Budget, hash, password string) (bool, error) {
	if err := l.limiter.Take(ctx, l.clock.Now(), budget); err != nil {
		return false, fmt.Errorf("taking the account's budget: %w", err)
	}
	ok, err := l.hasher.Match(ctx, hash, password)
	if err != nil {
		return false, fmt.Errorf("matching the password: %w", err)
	}
	return ok, nil
}

// Reset sets a password by a code from Forgot and ends every session. It fails
// with phone.ErrInvalid, otp.ErrShape, user.ErrPassword, fault.RateLimited, or
// otp.ErrBadCode, also for a number without a proven account.
func (l *Login) Reset(ctx context.Context, number, code, password string) error {
	if err := user.CheckPassword(password); err != nil {
		return err
	}
	n, err := l.try(ctx, otp.Reset, number, code)
	if err != nil {
		return err
	}
	u, err := l.proven(ctx, n)
	if err != nil {
		return err
	}
	if !u.IsProven() {
		return otp.ErrBadCode
	}
	hash, err := l.hasher.Hash(ctx, password)
	if err != nil {
		return fmt.Errorf("hashing the password: %w", err)
	}
	if err := l.passwords.Set(ctx, u.ID, hash); err != nil {
		return fmt.Errorf("setting the password: %w", erased(err, otp.ErrBadCode))
	}
	return l.endSessions(context.WithoutCancel(ctx), u.ID, "") // though the client hangs up: the password is set
}

// Change sets the password of who is logged in, and ends their other sessions
// and open reset codes. Once a password is set, old must be it. It fails with
// user.ErrPassword, user.ErrWrongPassword, fault.RateLimited, or, when the
// account is gone, session.ErrBadToken.
func (l *Login) Change(ctx context.Context, who session.Session, old, password string) error {
	if err := user.CheckPassword(password); err != nil {
		return err
	}
	u, err := l.users.Get(ctx, who.User)
	if err != nil {
		return fmt.Errorf("reading the account: %w", erased(err, session.ErrBadToken))
	}
	if u.Password != "" {
		if ok, err := l.match(ctx, guessesBy(u.ID), u.Password, old); err != nil {
			return err
		} else if !ok {
			return user.ErrWrongPassword
		}
	}
	hash, err := l.hasher.Hash(ctx, password)
	if err != nil {
		return fmt.Errorf("hashing the password: %w", err)
	}
	if err := l.passwords.Swap(ctx, u.ID, u.Password, hash); err != nil {
		return fmt.Errorf("changing the password: %w", erased(err, session.ErrBadToken))
	}
	ctx = context.WithoutCancel(ctx) // though the client hangs up: the password is set
	return errors.Join(l.endSessions(ctx, u.ID, who.ID), l.voidReset(ctx, u.Number))
}

func (l *Login) voidReset(ctx context.Context, n phone.Number) error {
	if err := l.codes.Void(ctx, otp.Reset, n); err != nil {
		return fmt.Errorf("ending open codes: %w", err)
	}
	return nil
}

func (l *Login) endSessions(ctx context.Context, user, keep id.ID) error {
	if err := l.sessions.EndAll(ctx, user, keep); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}
