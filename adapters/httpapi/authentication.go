package httpapi

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

type sessionKey struct{}

// sessionOf returns the session that authenticate stored in ctx, which is the zero
// Session on public routes.
func sessionOf(ctx context.Context) session.Session {
	s, _ := ctx.Value(sessionKey{}).(session.Session)
	return s
}

// userOf returns the id of the user who sent the request.
func userOf(ctx context.Context) id.ID { return sessionOf(ctx).User }

// authenticate stores the session of the token in the context of the request. It
// rejects a request without a valid token before its body is read.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	s, err := a.config.Login.Authenticate(ctx.Context(), bearerToken(ctx.Header("Authorization")))
	if err != nil {
		writeError(ctx, err)
		return
	}
	addToLog(ctx.Context(), "user", string(s.User)) // slog would encode an id.ID as JSON
	next(huma.WithValue(ctx, sessionKey{}, s))
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
		c, err := a.config.Login.Admit(ctx.Context(), action, a.clientAddr(r), ctx.Header("Device-Token"))
		if err != nil {
			writeError(ctx, err)
			return
		}
		next(huma.WithValue(ctx, clientKey{}, c))
	}
}
