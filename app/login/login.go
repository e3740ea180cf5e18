// Package login proves who people are: by a one-time code sent to their phone,
// or by a password set after one.
package login

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/text"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Policy is what the configuration says of logins.
type Policy struct {
	TokenLife time.Duration
	OTPKeys   otp.Keys
	EchoCode  bool // return codes in answers: only where no SMS is really sent
	Ending    otp.Ending
	Tests     otp.TestNumbers
	// Admits refuses numbers that no code is to be sent to; nil admits all.
	Admits func(phone.Number) error
}

// Login is the use cases of this package.
type Login struct {
	users     ports.Users
	passwords ports.Passwords
	codes     ports.Codes
	sessions  ports.Sessions
	tokens    ports.Tokens
	hasher    ports.Hasher
	sms       ports.SMS
	limiter   ports.Limiter
	clock     ports.Clock
	random    io.Reader
	policy    Policy
}

// New returns the use cases over their ports.
func New(users ports.Users, passwords ports.Passwords, codes ports.Codes, sessions ports.Sessions, tokens ports.Tokens,
	hasher ports.Hasher, sms ports.SMS, limiter ports.Limiter, clock ports.Clock, random io.Reader, policy Policy) *Login {
	return &Login{users, passwords, codes, sessions, tokens, hasher, sms, limiter, clock, random, policy}
}

// Token is what a login gives.
type Token struct {
	Access    string
	ExpiresIn time.Duration
}

// Signup notes an account for a number, to be proven by its first code. For a
// number already in use it changes nothing and answers alike. It fails with
// phone.ErrInvalid, Policy.Admits' refusal or a name's rule.
func (l *Login) Signup(ctx context.Context, number, name string) (phone.Number, error) {
	n, err := l.reachable(number)
	if err != nil {
		return n, err
	}
	u := user.User{Number: n, Created: l.clock.Now()}
	if name != "" {
		if u.Name, err = text.Name(name); err != nil {
			return n, err
		}
	}
	if u.ID, err = id.New(u.Created, l.random); err != nil {
		return n, err
	}
	if err := l.users.Add(ctx, u); err != nil && !errors.Is(err, user.ErrTaken) {
		return n, fmt.Errorf("adding the account: %w", err)
	}
	return n, nil
}

// reachable reads a number that codes may be sent to, or a test number, which
// none is sent to. It fails with phone.ErrInvalid or Policy.Admits' refusal.
func (l *Login) reachable(number string) (phone.Number, error) {
	n, err := phone.Parse(number)
	if err != nil || l.policy.Admits == nil {
		return n, err
	}
	if _, ok := l.policy.Tests.At(n, l.clock.Now()); ok {
		return n, nil
	}
	return n, l.policy.Admits(n)
}

// Authenticate returns the session of a token. It fails with session.ErrNone
// for "", and with session.ErrBadToken for one that is worth nothing.
func (l *Login) Authenticate(ctx context.Context, token string) (session.Session, error) {
	if token == "" {
		return session.Session{}, session.ErrNone
	}
	now := l.clock.Now()
	s, err := l.tokens.Verify(token, now)
	if err != nil {
		return session.Session{}, fmt.Errorf("verifying the token: %w", err)
	}
	if err := l.sessions.Alive(ctx, s.ID, now); err != nil {
		return session.Session{}, fmt.Errorf("looking the session up: %w", err)
	}
	return s, nil
}

// open starts a session of a user and signs its token.
func (l *Login) open(ctx context.Context, user id.ID) (session.Session, Token, error) {
	now := l.clock.Now()
	sid, err := id.New(now, l.random)
	if err != nil {
		return session.Session{}, Token{}, err
	}
	s := session.Session{ID: sid, User: user, Opened: now, Expires: now.Add(l.policy.TokenLife)}
	if err := l.sessions.Open(ctx, s); err != nil {
		return s, Token{}, fmt.Errorf("opening the session: %w", err)
	}
	access, err := l.tokens.Sign(s)
	if err != nil {
		return s, Token{}, fmt.Errorf("signing the token: %w", err)
	}
	return s, Token{Access: access, ExpiresIn: l.policy.TokenLife}, nil
}
