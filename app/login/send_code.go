package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/ports"
)

// SentCode is the result of a request for a code.
type SentCode struct {
	ExpiresIn time.Duration
	ResendIn  time.Duration
	Code      string // only if Policy.EchoCode is set

	// SMSErr is why no SMS was sent. The request must succeed nevertheless. Reset codes are
	// sent only to known numbers, so a failed request would reveal that a number is known.
	SMSErr error

	issued time.Time // when the code was issued, if it is a new one
}

// SendLoginCode sends a code for LoginWithCode to a number. The number needs no account.
// While the last code is active, SendLoginCode sends the same code again. It fails with
// phone.ErrInvalid, the error of Policy.AllowNumber, fault.ErrRateLimited, otp.ErrCountryClosed
// or otp.ErrCountryCap.
//
// A known device of the number gets a separate code, which only this device can enter.
func (s *Service) SendLoginCode(ctx context.Context, c Client, number string) (SentCode, error) {
	n, err := s.allowedNumber(number)
	if err != nil {
		return SentCode{}, err
	}
	return s.sendCode(ctx, c, otp.Slot{Purpose: otp.Login, Number: n}, true)
}

// SendResetCode sends a code for ResetPassword to a number with an account. For any
// other number it sends nothing and returns the same result. It fails with the same errors
// as SendLoginCode.
func (s *Service) SendResetCode(ctx context.Context, c Client, number string) (SentCode, error) {
	n, err := s.allowedNumber(number)
	if err != nil {
		return SentCode{}, err
	}
	u, err := s.userOf(ctx, n)
	if err != nil {
		return SentCode{}, err
	}
	return s.sendCode(ctx, c, otp.Slot{Purpose: otp.Reset, Number: n}, u.ID != "")
}

// sendCode issues a code for the number and purpose of a slot and sends it if deliver is
// true. It does not send the code to a test number.
//
// While the challenge is dead, sendCode sends nothing and returns the same result as for a code
// that was sent. Such a request does not count. Otherwise strangers could use up the budgets of
// the next code.
//
// A code that could not be stored or sent does not count. The exception is a code for a reset:
// it counts once it is stored. A request for an unknown number sends no SMS, so it counts
// always. If failed SMS to known numbers did not count, the limits would reveal them.
func (s *Service) sendCode(ctx context.Context, c Client, slot otp.Slot, deliver bool) (_ SentCode, err error) {
	if slot.Device, err = s.deviceFor(ctx, c, slot.Number); err != nil {
		return SentCode{}, err
	}
	return s.sendToSlot(ctx, c, slot, deliver)
}

// sendToSlot is sendCode for a slot whose device is known.
func (s *Service) sendToSlot(ctx context.Context, c Client, slot otp.Slot, deliver bool) (sent SentCode, err error) {
	now := s.config.Clock.Now()
	taken, err := s.takeUnlessDead(ctx, now, c, slot)
	if err != nil {
		return SentCode{}, err
	}
	sent, err = s.issueAndSend(ctx, slot, now, deliver)
	if err == nil && (sent.SMSErr == nil || slot.Purpose == otp.Reset) {
		if taken.fromCountry && !sent.issued.IsZero() {
			s.config.Guard.countIssued(slot, sent.issued)
		}
		return sent, nil
	}
	sent.ResendIn = 0
	return sent, errors.Join(err, s.giveBack(ctx, now, slot, taken))
}

// takenCode is where a code was counted.
type takenCode struct {
	limits      []ports.RateLimit
	fromCountry bool // it also counts for its country
}

// takeUnlessDead counts a code that is sent for a slot at now, unless the active challenge of the
// slot is dead. The codes of test numbers do not count for their country, because they cost nothing.
func (s *Service) takeUnlessDead(ctx context.Context, now time.Time, c Client, slot otp.Slot) (takenCode, error) {
	_, isTest := s.config.Policy.TestNumbers.Find(slot.Number, now)
	if !isTest {
		if err := s.config.Guard.admit(slot, now); err != nil {
			return takenCode{}, err
		}
	}
	last, err := s.config.Codes.Find(ctx, slot)
	if err != nil {
		return takenCode{}, fmt.Errorf("finding the last code: %w", err)
	}
	if last.Dead() && last.Active(now) {
		return takenCode{}, nil
	}
	limits, err := s.takeCode(ctx, now, c, last, slot)
	if err != nil || isTest {
		return takenCode{limits: limits}, err
	}
	if err := s.config.Guard.take(ctx, slot, now); err != nil {
		return takenCode{}, errors.Join(err, s.giveBack(ctx, now, slot, takenCode{limits: limits}))
	}
	return takenCode{limits: limits, fromCountry: true}, nil
}

// giveBack undoes takeUnlessDead for a code that was not sent, so that the user can request it
// again immediately. The client may have disconnected already.
func (s *Service) giveBack(ctx context.Context, now time.Time, slot otp.Slot, taken takenCode) error {
	if taken.fromCountry {
		s.config.Guard.giveBack(ctx, slot, now)
	}
	if err := s.config.Limiter.GiveBack(context.WithoutCancel(ctx), now, taken.limits...); err != nil {
		return fmt.Errorf("giving the code back to the limits: %w", err)
	}
	return nil
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
	if c.Nonce == fresh.Nonce {
		sent.issued = now
	}
	text := otp.Text(code, slot.Number, s.config.Policy.AutofillSuffix) // in any case, for equal times
	if deliver && !isTest && !c.Exhausted() {
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
