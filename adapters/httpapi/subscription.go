package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const tagSubscription = "Subscription"

type statusOut struct {
	Body struct {
		Tier              string     `json:"tier" enum:"Basic,Pro"`
		Status            string     `json:"status" doc:"Stripe's status, or none." example:"active"`
		DailyLimit        *int       `json:"daily_limit" doc:"Messages a UTC day. Null means unlimited." example:"5"`
		UsedToday         int        `json:"messages_used_today" example:"2"`
		Remaining         *int       `json:"messages_remaining" doc:"Null means unlimited." example:"3"`
		ResetsAt          time.Time  `json:"resets_at" doc:"The end of the UTC day." example:"2026-01-06T00:00:00Z"`
		CurrentPeriodEnd  *time.Time `json:"current_period_end,omitempty" example:"2026-02-05T09:30:00Z"`
		CancelAtPeriodEnd bool       `json:"cancel_at_period_end"`
	}
}

func (a *API) registerSubscription() {
	for _, path := range []string{"/subscribe/status", "/subscription/status"} {
		register(a, route{
			method:  http.MethodGet,
			path:    path,
			status:  http.StatusOK,
			tag:     tagSubscription,
			summary: "Show plan and usage",
			doc:     "For a user who never subscribed, status is none and current_period_end is absent.",
		}, a.showSubscription)
	}
	register(a, route{
		method:   http.MethodPost,
		path:     "/subscribe/sync",
		status:   http.StatusOK,
		tag:      tagSubscription,
		refusals: []*fault.Error{errRateLimited, subscription.ErrUnavailable},
		summary:  "Sync with the payments provider, then show plan and usage",
		doc:      "For a user who returns from the checkout page, possibly before the webhook arrives.",
	}, a.syncSubscription)
	register(a, route{
		method:   http.MethodPost,
		path:     "/subscribe/cancel",
		status:   http.StatusOK,
		tag:      tagSubscription,
		refusals: []*fault.Error{errRateLimited, subscription.ErrNotSubscribed, subscription.ErrUnavailable},
		summary:  "End Pro with its period",
	}, a.cancelSubscription)
	register(a, route{
		method:   http.MethodPost,
		path:     "/subscribe/resume",
		status:   http.StatusOK,
		tag:      tagSubscription,
		refusals: []*fault.Error{errRateLimited, subscription.ErrNotSubscribed, subscription.ErrUnavailable},
		summary:  "Undo a cancellation",
	}, a.resumeSubscription)
}

// showSubscription handles GET /subscribe/status and GET /subscription/status.
func (a *API) showSubscription(ctx context.Context, _ *empty) (*statusOut, error) {
	return newStatusOut(a.config.Subscribe.Overview(ctx, userOf(ctx)))
}

// syncSubscription handles POST /subscribe/sync.
func (a *API) syncSubscription(ctx context.Context, _ *empty) (*statusOut, error) {
	return newStatusOut(a.config.Subscribe.Refresh(ctx, userOf(ctx)))
}

// cancelSubscription handles POST /subscribe/cancel.
func (a *API) cancelSubscription(ctx context.Context, _ *empty) (*statusOut, error) {
	return newStatusOut(a.config.Subscribe.SetCancelAtPeriodEnd(ctx, userOf(ctx), true))
}

// resumeSubscription handles POST /subscribe/resume.
func (a *API) resumeSubscription(ctx context.Context, _ *empty) (*statusOut, error) {
	return newStatusOut(a.config.Subscribe.SetCancelAtPeriodEnd(ctx, userOf(ctx), false))
}

func newStatusOut(o subscribe.Overview, err error) (*statusOut, error) {
	if err != nil {
		return nil, err
	}
	limit := o.Plan.Terms.Limit // an unlimited plan also has unlimited messages remaining
	out := &statusOut{}
	out.Body.Tier = string(o.Tier)
	out.Body.Status = string(o.Status)
	out.Body.DailyLimit = limitOrNull(limit)
	out.Body.UsedToday = o.MessagesToday
	out.Body.Remaining = limitOrNull(quota.Limit(limit.Remaining(o.MessagesToday)))
	out.Body.ResetsAt = o.ResetsAt
	out.Body.CancelAtPeriodEnd = o.CancelAtPeriodEnd
	if !o.PeriodEnd.IsZero() {
		out.Body.CurrentPeriodEnd = &o.PeriodEnd
	}
	return out, nil
}
