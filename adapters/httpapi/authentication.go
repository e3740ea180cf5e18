package httpapi

import (
	"context"
	"errors"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

type accessKey struct{}

// accessOf returns the access that authenticate stored in ctx, which is the zero
// Access on public routes.
func accessOf(ctx context.Context) session.Access {
	a, _ := ctx.Value(accessKey{}).(session.Access)
	return a
}

// userOf returns the id of the user who sent the request.
func userOf(ctx context.Context) id.ID { return accessOf(ctx).User }

// authenticate stores what the token grants in the context of the request. It
// rejects a request without a valid token before its body is read.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	access, err := a.config.Login.Authenticate(ctx.Context(), bearerToken(ctx.Header("Authorization")))
	if err != nil {
		writeError(ctx, a.limitBadTokens(ctx, err))
		return
	}
	addToLog(ctx.Context(), "user", string(access.User)) // slog would encode an id.ID as JSON
	next(huma.WithValue(ctx, accessKey{}, access))
}

// limitBadTokens counts a request that failed with err as that of a stranger if the token was not
// valid. It returns fault.ErrRateLimited when there were too many, and err otherwise.
func (a *API) limitBadTokens(ctx huma.Context, err error) error {
	if !errors.Is(err, session.ErrBadToken) {
		return err
	}
	r, _ := humachi.Unwrap(ctx)
	if limited := a.rates.take(ctx.Context(), classStrangers, networkOf(a.clientAddr(r))); limited != nil {
		return limited
	}
	return err
}

// bearerToken returns the token of an Authorization header (RFC 6750, section
// 2.1), and "" for another scheme.
func bearerToken(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// requireRecentLogin rejects a request whose session was opened too long ago. It must come after
// authenticate.
func (a *API) requireRecentLogin(ctx huma.Context, next func(huma.Context)) {
	if err := a.config.Login.CheckRecentLogin(accessOf(ctx.Context())); err != nil {
		writeError(ctx, err)
		return
	}
	next(ctx)
}

type clientKey struct{}

// clientOf returns the client that admit stored in ctx.
func clientOf(ctx context.Context) login.Client {
	c, _ := ctx.Value(clientKey{}).(login.Client)
	return c
}

// admit returns middleware that counts the action against the rate limits of the client's
// address, unless the client has the token of a known device. It stores the client in the
// context of the request.
func (a *API) admit(action login.Action) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humachi.Unwrap(ctx)
		c, err := a.config.Login.Admit(ctx.Context(), action, login.Sender{
			Address:     a.clientAddr(r),
			DeviceToken: session.DeviceToken(ctx.Header("Device-Token")),
			DeviceName:  deviceName(r.UserAgent()),
		})
		if err != nil {
			writeError(ctx, err)
			return
		}
		next(huma.WithValue(ctx, clientKey{}, c))
	}
}
