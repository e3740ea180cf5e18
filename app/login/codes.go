package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// SentCode is the result of a request for a code.
type SentCode struct {
	ExpiresIn time.Duration
	ResendIn  time.Duration
	Code      string // only if Policy.EchoCode is set

	// SMSErr is why no SMS was sent. The request must succeed nevertheless. Reset codes are
	// sent only to known numbers, so a failed request would reveal that a number is known.
	SMSErr error
}

// SendLoginCode sends a code for LoginWithCode to a number. The number needs no account.
// While the last code is active, SendLoginCode sends the same code again. It fails with
// phone.ErrInvalid, the error of Policy.AllowNumber or fault.ErrRateLimited.
//
// A known device of the number gets a separate code, which only this device can enter.
func (s *Service) SendLoginCode(ctx context.Context, c Client, number string) (SentCode, error) {
	n, err := s.allowedNumber(number)
	if err != nil {
		return SentCode{}, err
	}
	return s.sendCode(ctx, c, otp.Slot{Purpose: otp.Login, Number: n}, true)
}

// SendResetCode sends a code for ResetPassword to a number with a proven account. For any
// other number it sends nothing and returns the same result. It fails with the same errors
// as SendLoginCode.
func (s *Service) SendResetCode(ctx context.Context, c Client, number string) (SentCode, error) {
	n, err := s.allowedNumber(number)
	if err != nil {
		return SentCode{}, err
	}
	u, err := s.provenUser(ctx, n)
	if err != nil {
		return SentCode{}, err
	}
	return s.sendCode(ctx, c, otp.Slot{Purpose: otp.Reset, Number: n}, u.IsProven())
}

// sendCode issues a code for the number and purpose of a slot and sends it if deliver is
// true. It does not send the code to a test number.
//
// While the challenge is dead, sendCode sends nothing, returns the same result as otherwise
// and counts nothing: otherwise strangers could use up the budgets of the next code.
func (s *Service) sendCode(ctx context.Context, c Client, slot otp.Slot, deliver bool) (sent SentCode, err error) {
	if slot.Device, err = s.deviceFor(ctx, c, slot.Number); err != nil {
		return SentCode{}, err
	}
	last, err := s.config.Codes.Find(ctx, slot)
	if err != nil {
		return SentCode{}, fmt.Errorf("finding the last code: %w", err)
	}
	now := s.config.Clock.Now()
	if !last.Dead() || !last.Active(now) {
		if err := s.takeCode(ctx, c, last, slot); err != nil {
			return SentCode{}, err
		}
	}
	return s.issueAndSend(ctx, slot, now, deliver)
}

// issueAndSend sends the code of the active challenge of a slot, or of a new one.
func (s *Service) issueAndSend(ctx context.Context, slot otp.Slot, now time.Time, deliver bool) (SentCode, error) {
	fresh, err := otp.NewChallenge(s.config.Policy.OTPKeys[0], slot, now, s.config.Random)
	if err != nil {
		return SentCode{}, err
	}
	test, isTest := s.config.Policy.TestNumbers.Find(slot.Number, now)
	if isTest {
		fresh = test.Apply(s.config.Policy.OTPKeys[0], fresh)
	}
	c, code, err := s.issue(ctx, fresh, test.Code, now)
	if err != nil {
		return SentCode{}, fmt.Errorf("issuing the code: %w", err)
	}
	sent := SentCode{ExpiresIn: c.Expires.Sub(now), ResendIn: s.config.Policy.Limits.ResendAfter}
	if deliver && !isTest && !c.Exhausted() {
		text := otp.Text(code, slot.Number, s.config.Policy.AutofillSuffix)
		sent.SMSErr = s.config.SMS.Send(ctx, slot.Number, text)
	}
	if s.config.Policy.EchoCode {
		sent.Code = code
	}
	return sent, nil
}

// issue returns the active challenge with the number and purpose of fresh, and its code. If
// there is none, issue stores and returns fresh. It also replaces an active challenge whose
// code is unknown, for example because its key is no longer configured. fixed is the code
// of a test number, and "" for other numbers.
func (s *Service) issue(
	ctx context.Context, fresh otp.Challenge, fixed string, now time.Time,
) (otp.Challenge, string, error) {
	c, err := s.config.Codes.Issue(ctx, fresh, now)
	if err != nil {
		return c, "", err
	}
	if code, ok := s.codeOf(c, fixed); ok {
		return c, code, nil
	}
	if err := s.config.Codes.Void(ctx, fresh.Purpose, fresh.Number); err != nil {
		return c, "", err
	}
	c, err = s.config.Codes.Issue(ctx, fresh, now)
	code, _ := s.codeOf(c, fixed)
	return c, code, err
}

// codeOf returns the code of a challenge: fixed, or the derived code if fixed is "". ok
// reports whether the code opens the challenge.
func (s *Service) codeOf(c otp.Challenge, fixed string) (code string, ok bool) {
	if fixed == "" {
		return s.config.Policy.OTPKeys.Code(c)
	}
	return fixed, slices.Contains(s.config.Policy.OTPKeys.MACs(c.Purpose, c.Number, fixed), c.MAC)
}

// LoginWithCode opens a session for a number with a code from SendLoginCode. It adds an
// account if the number has none, and marks the account as proven. It fails with
// phone.ErrInvalid, otp.ErrFormat, otp.ErrBadCode or fault.ErrRateLimited.
func (s *Service) LoginWithCode(ctx context.Context, c Client, number, code string) (Token, error) {
	slot, err := s.tryCode(ctx, c, otp.Login, number, code)
	if err != nil {
		return Token{}, err
	}
	now := s.config.Clock.Now()
	userID, err := id.New(now, s.config.Random)
	if err != nil {
		return Token{}, err
	}
	u, err := s.config.Users.AddProven(ctx, user.User{ID: userID, Number: slot.Number, Created: now, Proven: now})
	if err != nil {
		return Token{}, fmt.Errorf("adding the account: %w", err)
	}
	if err := s.restoreCounts(ctx, u, now); err != nil {
		return Token{}, err
	}
	_, token, err := s.openSession(ctx, u.ID, c, slot.Device)
	return token, fault.Replace(err, user.ErrNotFound, otp.ErrBadCode) // the account was erased after AddProven
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
	a := otp.Attempt{
		Slot:    otp.Slot{Purpose: p, Number: n, Device: d},
		Network: c.network(),
		MACs:    s.config.Policy.OTPKeys.MACs(p, n, code),
	}
	if err := s.config.Codes.Try(ctx, a, s.config.Clock.Now()); err != nil {
		return a.Slot, fmt.Errorf("trying the code: %w", err)
	}
	return a.Slot, nil
}

// provenUser returns the account of a number. It returns the zero User when the
// number has no account or is not proven.
func (s *Service) provenUser(ctx context.Context, n phone.Number) (user.User, error) {
	u, err := s.config.Users.Find(ctx, n)
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return user.User{}, fmt.Errorf("finding the account: %w", err)
	}
	if err != nil || !u.IsProven() {
		return user.User{}, nil
	}
	return u, nil
}
