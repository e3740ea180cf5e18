package httpapi

import (
	"context"
	"net/http"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/session"
)

type refreshIn struct {
	Body struct {
		RefreshToken string `json:"refresh_token" minLength:"1" doc:"The last one." example:"01907e6d-….3.bWFj"`
	}
}

// TokenFields are the fields of the responses to a login and to a refresh.
type TokenFields struct {
	AccessToken      string `json:"access_token" example:"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"`
	TokenType        string `json:"token_type" enum:"bearer"`
	ExpiresIn        int    `json:"expires_in" doc:"Seconds." example:"86400"`
	RefreshToken     string `json:"refresh_token" doc:"For /auth/refresh." example:"01907e6d-….4.bWFj"`
	RefreshExpiresIn int    `json:"refresh_expires_in" doc:"Seconds until an unused session ends." example:"2592000"`
}

func newTokenFields(t login.Token) TokenFields {
	return TokenFields{
		AccessToken:      t.Access,
		TokenType:        "bearer",
		ExpiresIn:        seconds(t.ExpiresIn),
		RefreshToken:     string(t.Refresh),
		RefreshExpiresIn: seconds(t.RefreshExpiresIn),
	}
}

type refreshOut struct{ Body TokenFields }

func (a *API) registerRefresh() {
	register(a, route{
		method:   http.MethodPost,
		path:     "/auth/refresh",
		status:   http.StatusOK,
		tag:      tagAuth,
		public:   true,
		refusals: []*fault.Error{session.ErrBadToken, errRateLimited},
		summary:  "Exchange a refresh token for new tokens",
		doc: "Use each refresh token once, and store the new one. If the response was lost, repeat the request: " +
			"it returns the same tokens until the new refresh token is used, and for 10 seconds after that. " +
			"A refresh token that is used later ends the session, because two clients have it. " +
			"A session lives for 30 days (by default) after its last use. " +
			"It can be refreshed 10 times in 10 seconds.",
	}, a.refresh)
}

// refresh handles POST /auth/refresh.
func (a *API) refresh(ctx context.Context, in *refreshIn) (*refreshOut, error) {
	t, err := a.config.Login.Refresh(ctx, session.RefreshToken(in.Body.RefreshToken))
	if err != nil {
		return nil, err
	}
	return &refreshOut{Body: newTokenFields(t)}, nil
}
