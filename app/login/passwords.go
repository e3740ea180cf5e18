package login

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

// LoginWithPassword opens a session for the account of a number. It fails with
// phone.ErrInvalid, fault.ErrRateLimited or user.ErrCredentials. It returns
// user.ErrCredentials for an unknown number, an account without a password and
// a wrong password, after the same time in each case.
func (s *Service) LoginWithPassword(ctx context.Context, c Client, number, password string) (Token, error) {
	n, err := phone.Parse(number)
	if err != nil {
		return Token{}, err
	}
	d, err := s.deviceFor(ctx, c, n)
	if err != nil {
		return Token{}, err
	}
	u, err := s.userOf(ctx, n)
	if err != nil {
		return Token{}, err
	}
	if err := s.takePasswordGuess(ctx, c, n, d); err != nil {
		return Token{}, err
	}
	ok, err := s.matchPassword(ctx, u.PasswordHash, password)
	if err != nil {
		return Token{}, err
	}
	if !ok {
		return Token{}, user.ErrCredentials
	}
	opened, token, err := s.openSession(ctx, u.ID, c, d)
	if err != nil {
		return Token{}, fault.Replace(err, user.ErrNotFound, user.ErrCredentials)
	}
	unchanged, err := s.endUnless(ctx, opened, func(now user.User) bool {
		return now.Number == n && now.PasswordHash == u.PasswordHash
	})
	if err != nil {
		return Token{}, err
	}
	if !unchanged {
		return Token{}, user.ErrCredentials
	}
	return token, nil
}

// endUnless ends a new session when its account was erased, or unchanged returns false for it. It
// returns whether the session continues. A change of the password or of the number ends the
// user's sessions, but may have missed a session that was opened at the same time.
func (s *Service) endUnless(
	ctx context.Context, opened session.Session, unchanged func(user.User) bool,
) (bool, error) {
	u, err := s.config.Users.Get(ctx, opened.User)
	if err == nil && unchanged(u) {
		return true, nil
	}
	if endErr := s.endIfOpen(ctx, opened.User, opened.ID); endErr != nil {
		return false, errors.Join(endErr, err)
	}
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return false, fmt.Errorf("reading the account again: %w", err)
	}
	return false, nil
}

// matchPassword reports whether hash was made from password.
func (s *Service) matchPassword(ctx context.Context, hash, password string) (bool, error) {
	ok, err := s.config.Hasher.Match(ctx, hash, password)
	if err != nil {
		return false, fmt.Errorf("matching the password: %w", err)
	}
	return ok, nil
}

// ResetPassword sets a password with a code from SendResetCode. It ends all sessions of the user
// and forgets the user's devices. It fails with phone.ErrInvalid, otp.ErrFormat,
// user.ErrInvalidPassword, fault.ErrRateLimited or otp.ErrBadCode. For a number without an
// account it also fails with otp.ErrBadCode.
func (s *Service) ResetPassword(ctx context.Context, c Client, number, code, password string) error {
	if err := user.CheckPassword(password); err != nil {
		return err
	}
	slot, err := s.tryCode(ctx, c, otp.Reset, number, code)
	if err != nil {
		return err
	}
	u, err := s.userOf(ctx, slot.Number)
	if err != nil {
		return err
	}
	if u.ID == "" {
		return otp.ErrBadCode
	}
	hash, err := s.config.Hasher.Hash(ctx, password)
	if err != nil {
		return fmt.Errorf("hashing the password: %w", err)
	}
	if err := s.config.Passwords.Set(ctx, u.ID, slot.Number, hash); err != nil {
		return fmt.Errorf("setting the password: %w", fault.Replace(err, user.ErrNotFound, otp.ErrBadCode))
	}
	// The password is set: the sessions must end even if the client disconnects.
	return s.endSessions(context.WithoutCancel(ctx), u.ID, "")
}

// ChangePassword sets the password of a logged-in user. It ends
// the user's other sessions and voids an active reset code. old must be the old password,
// if the user has one. Otherwise the login must be recent, so that a thief of the access token
// cannot keep the account. ChangePassword fails with user.ErrInvalidPassword,
// user.ErrWrongPassword, session.ErrRecentLoginRequired, fault.ErrRateLimited, and with
// session.ErrBadToken when the account was erased.
func (s *Service) ChangePassword(ctx context.Context, current session.Access, old, password string) error {
	if err := user.CheckPassword(password); err != nil {
		return err
	}
	u, err := s.config.Users.Get(ctx, current.User)
	if err != nil {
		return fmt.Errorf("reading the account: %w", session.BadTokenIfErased(err))
	}
	if err := s.checkOldPassword(ctx, current, u, old); err != nil {
		return err
	}
	hash, err := s.config.Hasher.Hash(ctx, password)
	if err != nil {
		return fmt.Errorf("hashing the password: %w", err)
	}
	if err := s.config.Passwords.Swap(ctx, u.ID, u.PasswordHash, hash); err != nil {
		return fmt.Errorf("changing the password: %w", session.BadTokenIfErased(err))
	}
	// The password is set: sessions and codes must end even if the client disconnects.
	ctx = context.WithoutCancel(ctx)
	return errors.Join(s.EndOtherSessions(ctx, current), s.voidResetCode(ctx, u.Number))
}

// checkOldPassword fails with user.ErrWrongPassword unless old is the password of u or u
// has none and logged in recently. It fails with fault.ErrRateLimited after too many guesses.
func (s *Service) checkOldPassword(ctx context.Context, current session.Access, u user.User, old string) error {
	if u.PasswordHash == "" {
		return s.CheckRecentLogin(current)
	}
	if err := s.take(ctx, "password guesses", changePasswordLimit(u.ID)); err != nil {
		return err
	}
	ok, err := s.matchPassword(ctx, u.PasswordHash, old)
	if err != nil {
		return err
	}
	if !ok {
		return user.ErrWrongPassword
	}
	return nil
}

func (s *Service) voidResetCode(ctx context.Context, n phone.Number) error {
	if err := s.config.Codes.Void(ctx, otp.Reset, n); err != nil {
		return fmt.Errorf("voiding the reset code: %w", err)
	}
	return nil
}
