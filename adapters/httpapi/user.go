package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/profile"
	"github.com/kuvaka-tech/parley/core/quota"
)

const tagUser = "User"

type nameIn struct {
	Body struct {
		Name string `json:"name" doc:"1 to 100 characters, trimmed." example:"Ada"`
	}
}

type meOut struct {
	Body struct {
		ID                string    `json:"id" example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
		MobileNumber      string    `json:"mobile_number" example:"+1234567890"`
		Name              string    `json:"name" example:"Ada"`
		SubscriptionTier  string    `json:"subscription_tier" enum:"Basic,Pro"`
		DailyMessageCount int       `json:"daily_message_count" doc:"Messages of this UTC day that count." example:"2"`
		DailyLimit        *int      `json:"daily_limit" doc:"Messages a UTC day. Null means unlimited." example:"5"`
		CreatedAt         time.Time `json:"created_at" example:"2026-01-05T09:30:00Z"`
	}
}

func (a *API) registerUser() {
	register(a, route{
		method:  http.MethodGet,
		path:    "/user/me",
		status:  http.StatusOK,
		tag:     tagUser,
		summary: "Show the current user",
	}, a.showMe)
	register(a, route{
		method:  http.MethodPatch,
		path:    "/user/me",
		status:  http.StatusOK,
		tag:     tagUser,
		summary: "Change the name",
	}, a.renameMe)
	register(a, route{
		method:  http.MethodDelete,
		path:    "/user/me",
		status:  http.StatusNoContent,
		tag:     tagUser,
		recent:  true,
		summary: "Delete the account",
		doc: "Needs a login within the last 15 minutes. Deletes the account permanently. From the response on, " +
			"nothing of it can be read, and all tokens of the user are invalid. " +
			"The stored data is removed in the background, within 24 hours at the latest. " +
			"The number can sign up again immediately and gets a new account. " +
			"The customer at the payments provider is deleted, which ends a subscription immediately, " +
			"without a refund. " +
			"If the provider is unavailable, this happens as soon as it is available again. " +
			"Rate limits that the number has reached stay in force until they expire. " +
			"The number of messages of the current UTC day is kept until the day ends, " +
			"so that a new account with this number has no new quota. It is stored without the number.",
	}, a.deleteMe)
}

// showMe handles GET /user/me.
func (a *API) showMe(ctx context.Context, _ *empty) (*meOut, error) {
	return newMeOut(a.config.Profile.Get(ctx, userOf(ctx)))
}

// renameMe handles PATCH /user/me.
func (a *API) renameMe(ctx context.Context, in *nameIn) (*meOut, error) {
	return newMeOut(a.config.Profile.Rename(ctx, userOf(ctx), in.Body.Name))
}

// deleteMe handles DELETE /user/me.
func (a *API) deleteMe(ctx context.Context, _ *empty) (*empty, error) {
	return &empty{}, a.config.Profile.Erase(ctx, userOf(ctx))
}

func newMeOut(p profile.Profile, err error) (*meOut, error) {
	if err != nil {
		return nil, err
	}
	out := &meOut{}
	out.Body.ID = string(p.User.ID)
	out.Body.MobileNumber = p.User.Number.String()
	out.Body.Name = p.User.Name
	out.Body.SubscriptionTier = string(p.Plan.Tier)
	out.Body.DailyMessageCount = p.MessagesToday
	out.Body.DailyLimit = limitOrNull(p.Plan.Terms.Limit)
	out.Body.CreatedAt = p.User.Created
	return out, nil
}

// limitOrNull returns nil for an unlimited plan.
func limitOrNull(l quota.Limit) *int {
	if l == quota.Unlimited {
		return nil
	}
	n := int(l)
	return &n
}
