package httpapi

import (
	"context"
	"net/http"
)

func (a *API) registerLogout() {
	register(a, route{
		method:  http.MethodPost,
		path:    "/auth/logout",
		status:  http.StatusNoContent,
		tag:     tagAuth,
		summary: "Log out",
		doc: "Ends the session of the token, its streams within a second, and its device token. " +
			"Other sessions of the user continue.",
	}, a.logout)
}

// logout handles POST /auth/logout.
func (a *API) logout(ctx context.Context, _ *empty) (*empty, error) {
	return nil, a.config.Login.Logout(ctx, sessionOf(ctx))
}
