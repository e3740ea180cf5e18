package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/profile"
	"github.com/kuvaka-tech/parley/core/quota"
)

const tagUser = "User"

type meOut struct {
	Body struct {
		ID                string    `json:"id" example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
		MobileNumber      string    `json:"mobile_number" example:"+1234567890"`
		Name              string    `json:"name" example:"Ada"`
		SubscriptionTier  string    `json:"subscription_tier" enum:"Basic,Pro"`
		DailyMessageCount int       `json:"daily_message_count" doc:"Messages sent on this UTC day." example:"2"`
		DailyLimit        *int      `json:"daily_limit" doc:"Messages a UTC day; null is unlimited." example:"5"`
		CreatedAt         time.Time `json:"created_at" example:"2026-01-05T09:30:00Z"`
	}
}

type nameIn struct {
	Body struct {
		Name string `json:"name" doc:"1 to 100 characters, trimmed." example:"Ada"`
	}
}

func (a *API) userRoutes() {
	register(a, route{method: http.MethodGet, path: "/user/me", status: http.StatusOK, tag: tagUser,
		summary: "Show who is logged in"}, func(ctx context.Context, _ *none) (*meOut, error) {
		return me(a.profile.Me(ctx, who(ctx)))
	})
	register(a, route{method: http.MethodPatch, path: "/user/me", status: http.StatusOK, tag: tagUser,
		summary: "Change the name"}, func(ctx context.Context, in *nameIn) (*meOut, error) {
		return me(a.profile.Rename(ctx, who(ctx), in.Body.Name))
	})
	register(a, route{method: http.MethodDelete, path: "/user/me", status: http.StatusNoContent, tag: tagUser, refusals: []string{"payments_unavailable"},
		summary: "Erase the account", doc: "Takes everything of the user at once and for good; no token of theirs opens anything more, and the number can sign up anew, as a stranger. A subscription is ended with its period first: while the payments company cannot be reached, one who ever began to subscribe is refused with 503, and nothing is erased. Limits that the number has used up stay so until they are over."}, func(ctx context.Context, _ *none) (*none, error) {
		unclosed, err := a.profile.Erase(ctx, who(ctx))
		warn(ctx, "unclosed", unclosed)
		return &none{}, err
	})
}

func me(m profile.Me, err error) (*meOut, error) {
	if err != nil {
		return nil, err
	}
	out := &meOut{}
	b := &out.Body
	b.ID, b.MobileNumber, b.Name, b.CreatedAt = string(m.User.ID), m.User.Number.String(), m.User.Name, m.User.Created
	b.SubscriptionTier, b.DailyMessageCount, b.DailyLimit = string(m.Plan.Tier), m.Used, orNull(m.Plan.Terms.Limit)
	return out, nil
}

// orNull is the limit, or null for none.
func orNull(l quota.Limit) *int {
	if l == quota.Unlimited {
		return nil
	}
	n := int(l)
	return &n
}
