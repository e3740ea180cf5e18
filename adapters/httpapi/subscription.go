package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/quota"
)

const tagSubscription = "Subscription"

type urlOut struct {
	Body struct {
		URL string `json:"url" doc:"Where to send the user." example:"https://checkout.stripe.com/c/pay/cs_test_a1"`
	}
}

// checkoutBody and portalBody name pages of the client's; an absent body names none.
type checkoutBody struct {
	SuccessURL string `json:"success_url,omitempty" minLength:"1" maxLength:"2048" doc:"Where the page leads to once it is paid, such as a deep link into an app: below FRONTEND_URL or one of CHECKOUT_RETURN_URLS. Without it, the frontend's page. Call /subscribe/sync there, as the webhook may be slower." example:"myapp://subscription/success"`
	CancelURL  string `json:"cancel_url,omitempty" minLength:"1" maxLength:"2048" doc:"Where the page leads back to if it is not; as success_url." example:"myapp://subscription/cancel"`
}

type portalBody struct {
	ReturnURL string `json:"return_url,omitempty" minLength:"1" maxLength:"2048" doc:"Where the page leads back to; as success_url of /subscribe/pro." example:"myapp://account"`
}

type checkoutIn struct{ Body *checkoutBody }

type portalIn struct{ Body *portalBody }

type webhookIn struct {
	Signature string `header:"Stripe-Signature" doc:"t=…,v1=…: HMAC-SHA256 of the raw body, within 5 minutes."`
	RawBody   []byte `contentType:"application/json"`
}

type receivedOut struct {
	Body struct {
		Status string `json:"status" enum:"received"`
	}
}

type statusOut struct {
	Body struct {
		Tier              string     `json:"tier" enum:"Basic,Pro"`
		Status            string     `json:"status" doc:"As Stripe names it; none for one who never subscribed." example:"active"`
		DailyLimit        *int       `json:"daily_limit" doc:"Messages a UTC day; null is unlimited." example:"5"`
		UsedToday         int        `json:"messages_used_today" example:"2"`
		Remaining         *int       `json:"messages_remaining" doc:"Null is unlimited." example:"3"`
		ResetsAt          time.Time  `json:"resets_at" doc:"When the day is over." example:"2026-01-06T00:00:00Z"`
		CurrentPeriodEnd  *time.Time `json:"current_period_end,omitempty" doc:"Absent for one who never subscribed." example:"2026-02-05T09:30:00Z"`
		CancelAtPeriodEnd bool       `json:"cancel_at_period_end"`
	}
}

func (a *API) subscriptionRoutes() {
	register(a, route{method: http.MethodPost, path: "/subscribe/pro", status: http.StatusCreated, tag: tagSubscription, refusals: []string{"rate_limited", "already_pro", "payments_unavailable"},
		summary: "Buy Pro", doc: "Returns the checkout page. Pro holds as soon as it is paid. The body may be left out."}, a.checkout)
	for _, path := range []string{"/subscribe/webhook", "/webhook/stripe"} {
		register(a, route{method: http.MethodPost, path: path, status: http.StatusOK, tag: tagSubscription, open: true, refusals: []string{"invalid_signature", "payments_unavailable"},
			summary: "Take a webhook in", doc: "For the payments company. Duplicates, and events that mean nothing here, are received, too."}, a.receive)
		a.huma.OpenAPI().Paths[path].Post.RequestBody.Content["application/json"].Schema = &huma.Schema{Type: huma.TypeObject, Description: "An event of the payments company."}
	}
	for _, path := range []string{"/subscribe/status", "/subscription/status"} {
		register(a, route{method: http.MethodGet, path: path, status: http.StatusOK, tag: tagSubscription,
			summary: "Show plan and usage"}, func(ctx context.Context, _ *none) (*statusOut, error) {
			return status(a.subscribe.Status(ctx, who(ctx)))
		})
	}
	register(a, route{method: http.MethodPost, path: "/subscribe/sync", status: http.StatusOK, tag: tagSubscription, refusals: []string{"rate_limited", "payments_unavailable"},
		summary: "Ask the payments company, and show plan and usage", doc: "For who comes back from its page and may be faster than its webhook."}, func(ctx context.Context, _ *none) (*statusOut, error) {
		return status(a.subscribe.Refresh(ctx, who(ctx)))
	})
	for path, cancel := range map[string]bool{"/subscribe/cancel": true, "/subscribe/resume": false} {
		summary := map[bool]string{true: "End Pro with its period", false: "Take a cancellation back"}[cancel]
		register(a, route{method: http.MethodPost, path: path, status: http.StatusOK, tag: tagSubscription, refusals: []string{"rate_limited", "not_subscribed", "payments_unavailable"},
			summary: summary}, func(ctx context.Context, _ *none) (*statusOut, error) {
			return status(a.subscribe.Schedule(ctx, who(ctx), cancel))
		})
	}
	register(a, route{method: http.MethodPost, path: "/subscribe/portal", status: http.StatusCreated, tag: tagSubscription, refusals: []string{"rate_limited", "not_subscribed", "payments_unavailable"},
		summary: "Manage payment", doc: "Returns the payments company's page for it. The body may be left out."}, a.portal)
}

func (a *API) checkout(ctx context.Context, in *checkoutIn) (*urlOut, error) {
	var asked subscribe.Returns
	if in.Body != nil {
		asked = subscribe.Returns{Success: in.Body.SuccessURL, Cancel: in.Body.CancelURL}
	}
	return page(a.subscribe.Checkout(ctx, who(ctx), asked))
}

func (a *API) portal(ctx context.Context, in *portalIn) (*urlOut, error) {
	asked := ""
	if in.Body != nil {
		asked = in.Body.ReturnURL
	}
	return page(a.subscribe.Portal(ctx, who(ctx), asked))
}

func page(url string, err error) (*urlOut, error) {
	if err != nil {
		return nil, err
	}
	out := &urlOut{}
	out.Body.URL = url
	return out, nil
}

func (a *API) receive(ctx context.Context, in *webhookIn) (*receivedOut, error) {
	e, err := a.subscribe.Receive(ctx, in.RawBody, in.Signature)
	if err != nil {
		return nil, err
	}
	note(ctx, "event", e.ID, "type", e.Type)
	out := &receivedOut{}
	out.Body.Status = "received"
	return out, nil
}

func status(s subscribe.Status, err error) (*statusOut, error) {
	if err != nil {
		return nil, err
	}
	out := &statusOut{}
	b := &out.Body
	b.Tier, b.Status, b.CancelAtPeriodEnd = string(s.Tier), string(s.Status), s.CancelAtPeriodEnd
	b.DailyLimit, b.UsedToday, b.ResetsAt = orNull(s.Plan.Terms.Limit), s.Used, s.Resets
	b.Remaining = orNull(quota.Limit(s.Plan.Terms.Limit.Remaining(s.Used)))
	if !s.PeriodEnd.IsZero() {
		b.CurrentPeriodEnd = &s.PeriodEnd
	}
	return out, nil
}
