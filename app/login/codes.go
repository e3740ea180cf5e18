package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// Sent tells what a request for a code led to. Code is "" unless Policy.EchoCode.
// Unsent is why no SMS left: the answer is the same, or it would tell known
// numbers from unknown ones.
type Sent struct {
	ExpiresIn time.Duration
	ResendIn  time.Duration
	Code      string
	Unsent    error
}

// SendCode sends a code that logs in, to any number. Within a code's life it
// sends the same again. It fails with phone.ErrInvalid, Policy.Admits' refusal
// or fault.RateLimited.
func (l *Login) SendCode(ctx context.Context, number string) (Sent, error) {
	n, err := l.reachable(number)
	if err != nil {
		return Sent{}, err
	}
	return l.send(ctx, otp.Login, n, true)
}

// Forgot sends a code that opens Reset, to a number with an account. For any
// other it answers alike and sends nothing. It fails as SendCode does.
func (l *Login) Forgot(ctx context.Context, number string) (Sent, error) {
	n, err := l.reachable(number)
	if err != nil {
		return Sent{}, err
	}
	known, err := l.proven(ctx, n)
	if err != nil {
		return Sent{}, err
	}
	return l.send(ctx, otp.Reset, n, known.IsProven())
}

func (l *Login) send(ctx context.Context, p otp.Purpose, n phone.Number, really bool) (Sent, error) {
	now := l.clock.Now()
	if err := l.limiter.Take(ctx, now, sendBudgets(p, n)...); err != nil {
		return Sent{}, fmt.Errorf("taking the number's budgets: %w", err)
	}
	fresh, err := otp.NewChallenge(l.policy.OTPKeys[0], p, n, now, l.random)
	if err != nil {
		return Sent{}, err
	}
	test, isTest := l.policy.Tests.At(n, now)
	if isTest {
		fresh = test.Fix(l.policy.OTPKeys[0], fresh)
	}
	c, code, err := l.issue(ctx, fresh, test.Code, now)
	if err != nil {
		return Sent{}, fmt.Errorf("issuing the code: %w", err)
	}
	sent := Sent{ExpiresIn: c.Expires.Sub(now), ResendIn: otp.ResendAfter}
	if really && !isTest && !c.Dead() {
		sent.Unsent = l.sms.Send(ctx, n, otp.Text(code, n, l.policy.Ending))
	}
	if l.policy.EchoCode {
		sent.Code = code
	}
	return sent, nil
}

// issue returns the number's living challenge, or fresh, and its code, which is
// derived unless it is fixed. A challenge that another code opens, such as one
// that a key made which is forgotten, gives way to fresh.
func (l *Login) issue(ctx context.Context, fresh otp.Challenge, fixed string, now time.Time) (otp.Challenge, string, error) {
	c, err := l.codes.Issue(ctx, fresh, now)
	if err != nil {
		return c, "", err
	}
	if code, ok := l.opens(c, fixed); ok {
		return c, code, nil
	}
	if err := l.codes.Void(ctx, fresh.Purpose, fresh.Number); err != nil {
		return c, "", err
	}
	c, err = l.codes.Issue(ctx, fresh, now)
	code, _ := l.opens(c, fixed)
	return c, code, err
}

// opens is the code that opens a challenge: the fixed one, or the one that is derived where that is "".
func (l *Login) opens(c otp.Challenge, fixed string) (code string, ok bool) {
	if fixed == "" {
		return l.policy.OTPKeys.Code(c)
	}
	return fixed, slices.Contains(l.policy.OTPKeys.MACs(c.Purpose, c.Number, fixed), c.MAC)
}

// Verify turns a code into a session, opening the number's account if there is
// none. It fails with phone.ErrInvalid, otp.ErrShape, otp.ErrBadCode or fault.RateLimited.
func (l *Login) Verify(ctx context.Context, number, code string) (Token, error) {
	n, err := l.try(ctx, otp.Login, number, code)
	if err != nil {
		return Token{}, err
	}
	now := l.clock.Now()
	uid, err := id.New(now, l.random)
	if err != nil {
		return Token{}, err
	}
	u, err := l.users.Open(ctx, user.User{ID: uid, Number: n, Created: now, Proven: now})
	if err != nil {
		return Token{}, fmt.Errorf("opening the account: %w", err)
	}
	_, token, err := l.open(ctx, u.ID)
	return token, erased(err, otp.ErrBadCode)
}

// try spends an attempt at a number's code.
func (l *Login) try(ctx context.Context, p otp.Purpose, number, code string) (phone.Number, error) {
	n, err := phone.Parse(number)
	if err != nil {
		return n, err
	}
	if err := otp.CheckShape(code); err != nil {
		return n, err
	}
	if err := l.codes.Try(ctx, p, n, l.policy.OTPKeys.MACs(p, n, code), l.clock.Now()); err != nil {
		return n, fmt.Errorf("trying the code: %w", err)
	}
	return n, nil
}

// proven finds the account of a number, the zero User when there is none or it is not proven.
func (l *Login) proven(ctx context.Context, n phone.Number) (user.User, error) {
	u, err := l.users.Find(ctx, n)
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return user.User{}, fmt.Errorf("finding the account: %w", err)
	}
	if err != nil || !u.IsProven() {
		return user.User{}, nil
	}
	return u, nil
}

// erased makes of an account that went in the middle of a request what that means to the client.
func erased(err, means error) error {
	if errors.Is(err, user.ErrNotFound) {
		return means
	}
	return err
}
