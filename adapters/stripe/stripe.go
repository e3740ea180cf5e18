// Package stripe sells subscriptions through Stripe (docs.stripe.com/api). It
// asks in the API version of its SDK, 2023-10-16, and understands the newer ones too.
package stripe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	sdk "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/outgoing"
)

var (
	_ ports.Payments = (*Account)(nil)
	_ ports.Webhooks = (*Account)(nil)
)

const (
	patience = 8 * time.Second  // with one try
	retries  = 2                // after which a call has failed; all tries of one have the same idempotency key
	within   = 12 * time.Second // with all calls of one method, so that a request that needs several has an answer before its connection is closed
)

// Config says whose account sells what.
type Config struct {
	SecretKey     string
	WebhookSecret string // of the endpoint that events are sent to
	PriceID       string // of what is sold; "" for a price made of the order's plan
	BaseURL       string // "" for Stripe's
	Clock         ports.Clock
	Transport     http.RoundTripper // nil for one of the adapter's own
}

// Account is ports.Payments and ports.Webhooks. It is safe for parallel use.
type Account struct {
	config  Config
	backend sdk.Backend
}

// New makes an Account and connects to nothing yet. It fails without a secret
// key, and without a webhook secret, as an empty one would verify what anybody signs.
func New(c Config) (*Account, error) {
	if c.SecretKey == "" || c.WebhookSecret == "" {
		return nil, errors.New("stripe: a secret key and a webhook secret are needed")
	}
	client := outgoing.Client(c.Transport)
	client.Timeout, client.CheckRedirect = patience, stay
	return &Account{c, sdk.GetBackendWithConfig(sdk.APIBackend, &sdk.BackendConfig{
		HTTPClient:        client,
		LeveledLogger:     &sdk.LeveledLogger{Level: sdk.LevelNull}, // or it prints bodies to stderr
		MaxNetworkRetries: new(int64(retries)),
		EnableTelemetry:   new(false),
		URL:               new(cmp.Or(c.BaseURL, sdk.APIURL)),
	})}, nil
}

// bound is the context of all that a method asks of Stripe.
func bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, within, fmt.Errorf("%w (no answer in %s)", subscription.ErrUnavailable, within))
}

// stay follows no redirect, which would hand on the key, nor takes one for an answer.
func stay(*http.Request, []*http.Request) error { return outgoing.Flaw("it redirects") }

// object is what this package needs of any of Stripe's. The SDK's own types
// know one API version, and its iterators panic over pages of nothing.
type object struct {
	sdk.APIResource
	ID      string   `json:"id"`
	URL     string   `json:"url"`
	Deleted bool     `json:"deleted"`
	Data    []object `json:"data"` // of a list, the newest first
	HasMore bool     `json:"has_more"`
	contract
}

// call asks Stripe. It fails with a *refusal, with ctx's error when that is over,
// and with subscription.ErrUnavailable when there is no answer.
func (a *Account) call(ctx context.Context, method, path string, params sdk.ParamsContainer) (object, error) {
	var o object
	body, common := &form.Values{}, *params.GetParams()
	form.AppendTo(body, params)
	common.Context = ctx
	err := a.backend.CallRaw(method, path, a.config.SecretKey, body, &common, &o)
	if err == nil && !o.answers(params) {
		err = outgoing.Flaw("it is not what was asked for")
	}
	if err != nil {
		return object{}, fmt.Errorf("asking Stripe to %s %s: %w", method, path, failed(ctx, err))
	}
	return o, nil
}

// answers says that it has what is never missing: an id, or a list of objects that have.
func (o object) answers(params sdk.ParamsContainer) bool {
	switch params.(type) {
	case sdk.ListParamsContainer, sdk.SearchParamsContainer:
		return o.Data != nil && !slices.ContainsFunc(o.Data, func(one object) bool { return one.ID == "" })
	}
	return o.ID != ""
}
