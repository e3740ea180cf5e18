package httpapi

import (
	"context"
	"net/http"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
)

type checkoutBody struct {
	Success returnURL `json:"success_url,omitempty" doc:"Opened after payment." example:"myapp://subscription/success"`
	Cancel  returnURL `json:"cancel_url,omitempty" doc:"Opened without payment." example:"myapp://subscription/cancel"`
}

type portalBody struct {
	Return returnURL `json:"return_url,omitempty" doc:"The page after the portal." example:"myapp://account"`
}

type checkoutIn struct{ Body *checkoutBody }

type portalIn struct{ Body *portalBody }

func (a *API) registerPaymentPages() {
	register(a, route{
		method:   http.MethodPost,
		path:     "/subscribe/pro",
		status:   http.StatusCreated,
		tag:      tagSubscription,
		refusals: []*fault.Error{errRateLimited, subscription.ErrAlreadyPro, subscription.ErrUnavailable},
		summary:  "Buy Pro",
		doc: "Returns the checkout page. Pro is active as soon as it is paid. The body is optional. " +
			"The page leads to success_url after the payment and to cancel_url without one. Each must be below " +
			"FRONTEND_URL or one of CHECKOUT_RETURN_URLS, and can be a deep link into an app. " +
			"The default is a page of the frontend. The page behind success_url should call /subscribe/sync, " +
			"because the webhook may arrive later than the user.",
	}, a.checkout)
	register(a, route{
		method:   http.MethodPost,
		path:     "/subscribe/portal",
		status:   http.StatusCreated,
		tag:      tagSubscription,
		refusals: []*fault.Error{errRateLimited, subscription.ErrNotSubscribed, subscription.ErrUnavailable},
		summary:  "Manage payments",
		doc: "Returns the payments provider's page for this. The body is optional. " +
			"The page leads back to return_url, with the same rules as success_url of /subscribe/pro.",
	}, a.portal)
}

// checkout handles POST /subscribe/pro.
func (a *API) checkout(ctx context.Context, in *checkoutIn) (*urlOut, error) {
	var pages subscribe.ReturnURLs
	if in.Body != nil {
		pages.Success = string(in.Body.Success)
		pages.Cancel = string(in.Body.Cancel)
	}
	return newURLOut(a.config.Subscribe.Checkout(ctx, userOf(ctx), pages))
}

// portal handles POST /subscribe/portal.
func (a *API) portal(ctx context.Context, in *portalIn) (*urlOut, error) {
	page := ""
	if in.Body != nil {
		page = string(in.Body.Return)
	}
	return newURLOut(a.config.Subscribe.Portal(ctx, userOf(ctx), page))
}

type urlOut struct {
	Body struct {
		URL string `json:"url" doc:"Send the user to this page." example:"https://checkout.stripe.com/c/pay/cs_test_a1"`
	}
}

func newURLOut(address string, err error) (*urlOut, error) {
	if err != nil {
		return nil, err
	}
	out := &urlOut{}
	out.Body.URL = address
	return out, nil
}
