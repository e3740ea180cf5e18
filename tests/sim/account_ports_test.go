package sim

import (
	"context"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

func (x users) SignUp(ctx context.Context, s user.Signup) error {
	return run(ctx, x.p, "users.SignUp", usual, func() error { return x.Users.SignUp(ctx, s) })
}

func (x users) AddProven(ctx context.Context, u user.User) (user.User, error) {
	return call(ctx, x.p, "users.AddProven", usual, func() (user.User, error) { return x.Users.AddProven(ctx, u) })
}

func (x users) Get(ctx context.Context, userID id.ID) (user.User, error) {
	return call(ctx, x.p, "users.Get", usual, func() (user.User, error) { return x.Users.Get(ctx, userID) })
}

func (x codes) Issue(ctx context.Context, c otp.Challenge, now time.Time) (otp.Challenge, error) {
	return call(ctx, x.p, "codes.Issue", usual, func() (otp.Challenge, error) { return x.Codes.Issue(ctx, c, now) })
}

func (x codes) Try(ctx context.Context, a otp.Attempt, now time.Time) (otp.Tried, error) {
	return call(ctx, x.p, "codes.Try", usual, func() (otp.Tried, error) { return x.Codes.Try(ctx, a, now) })
}

func (x codeCounts) Take(ctx context.Context, day quota.Day, country string, limit int) error {
	return run(ctx, x.p, "codeCounts.Take", usual, func() error { return x.CodeCounts.Take(ctx, day, country, limit) })
}

func (x codeCounts) Add(ctx context.Context, counts map[otp.CountKey]otp.CodeCount) error {
	return run(ctx, x.p, "codeCounts.Add", usual, func() error { return x.CodeCounts.Add(ctx, counts) })
}

func (x sms) Send(ctx context.Context, to phone.Number, text string) error {
	return run(ctx, x.p, "sms.Send", usual, func() error { return x.SMS.Send(ctx, to, text) })
}

func (x limiter) Take(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	return run(ctx, x.p, "limiter.Take", usual, func() error { return x.Limiter.Take(ctx, now, limits...) })
}

func (x limiter) GiveBack(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	return run(ctx, x.p, "limiter.GiveBack", usual, func() error { return x.Limiter.GiveBack(ctx, now, limits...) })
}

func (x sessions) Open(ctx context.Context, s session.Session, d session.DeviceID) error {
	return run(ctx, x.p, "sessions.Open", usual, func() error { return x.Sessions.Open(ctx, s, d) })
}

func (x sessions) Refresh(
	ctx context.Context, sessionID id.ID, n int, now, expires time.Time,
) (session.Session, session.Successor, error) {
	var next session.Successor
	refreshed, err := call(ctx, x.p, "sessions.Refresh", usual, func() (s session.Session, err error) {
		s, next, err = x.Sessions.Refresh(ctx, sessionID, n, now, expires)
		return s, err
	})
	return refreshed, next, err
}

func (x sessions) Alive(ctx context.Context, sessionID id.ID, now time.Time) error {
	rates := usual
	if ctx.Value(chi.RouteCtxKey) == nil { // not for a request: a check of open streams, several times a second
		rates = often
	}
	return run(ctx, x.p, "sessions.Alive", rates, func() error { return x.Sessions.Alive(ctx, sessionID, now) })
}
