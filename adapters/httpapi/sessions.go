package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/session"
)

type sessionIn struct {
	ID string `path:"id" doc:"The id of the session." example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
}

type sessionView struct {
	ID         string    `json:"id" example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
	CreatedAt  time.Time `json:"created_at" doc:"The login." example:"2026-01-05T09:30:00Z"`
	LastUsedAt time.Time `json:"last_used_at" doc:"Precise to a minute." example:"2026-01-05T20:48:00Z"`
	Device     string    `json:"device" doc:"From the User-Agent, or empty." example:"Firefox on Linux"`
	Current    bool      `json:"current" doc:"Whether it is the session of this request."`
}

type sessionsOut struct{ Body []sessionView }

func (a *API) registerSessions() {
	register(a, route{
		method:  http.MethodPost,
		path:    "/auth/logout",
		status:  http.StatusNoContent,
		tag:     tagAuth,
		summary: "Log out",
		doc: "Ends the session of the token, its streams within a second, and its refresh and device tokens. " +
			"Other sessions of the user continue.",
	}, a.logout)
	register(a, route{
		method:  http.MethodGet,
		path:    "/auth/sessions",
		status:  http.StatusOK,
		tag:     tagAuth,
		summary: "List the sessions",
		doc:     "The last login first. If the user has more than 100 sessions, these are the last ones.",
	}, a.listSessions)
	register(a, route{
		method:   http.MethodDelete,
		path:     "/auth/sessions/{id}",
		status:   http.StatusNoContent,
		tag:      tagAuth,
		refusals: []*fault.Error{session.ErrNotFound},
		summary:  "End a session",
		doc:      "Works like a logout of this session, on any device of the user.",
	}, a.endSession)
	register(a, route{
		method:  http.MethodDelete,
		path:    "/auth/sessions",
		status:  http.StatusNoContent,
		tag:     tagAuth,
		summary: "End all other sessions",
		doc:     "Works like a logout of all sessions of the user except this one.",
	}, a.endOtherSessions)
}

// logout handles POST /auth/logout.
func (a *API) logout(ctx context.Context, _ *empty) (*empty, error) {
	return nil, a.config.Login.Logout(ctx, accessOf(ctx))
}

// listSessions handles GET /auth/sessions.
func (a *API) listSessions(ctx context.Context, _ *empty) (*sessionsOut, error) {
	all, err := a.config.Login.Sessions(ctx, userOf(ctx))
	if err != nil {
		return nil, err
	}
	out := &sessionsOut{Body: []sessionView{}}
	for _, s := range all {
		out.Body = append(out.Body, sessionView{
			ID:         string(s.ID),
			CreatedAt:  s.Opened,
			LastUsedAt: s.LastUsed,
			Device:     s.DeviceName,
			Current:    s.ID == accessOf(ctx).Session,
		})
	}
	return out, nil
}

// endSession handles DELETE /auth/sessions/{id}.
func (a *API) endSession(ctx context.Context, in *sessionIn) (*empty, error) {
	return nil, a.config.Login.EndSession(ctx, userOf(ctx), in.ID)
}

// endOtherSessions handles DELETE /auth/sessions.
func (a *API) endOtherSessions(ctx context.Context, _ *empty) (*empty, error) {
	return nil, a.config.Login.EndOtherSessions(ctx, accessOf(ctx))
}
