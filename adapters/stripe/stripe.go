// Package stripe sells subscriptions through Stripe (docs.stripe.com/api). It sends
// requests in API version 2023-10-16, the version of its SDK. It can also read objects
// of newer versions, because an account may use such a version for its webhooks.
package stripe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	sdk "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

var (
	_ ports.Payments = (*Payments)(nil)
	_ ports.Webhooks = (*Payments)(nil)
)

const (
	// requestTimeout limits one attempt of a call.
	requestTimeout = 8 * time.Second
	// maxRetries limits the retries of a call. All attempts of a call have the same idempotency key.
	maxRetries = 2
	// methodTimeout limits all calls of one method together. It leaves the app's HTTP
	// server enough time to respond before the server closes the client's connection.
	methodTimeout = 12 * time.Second
)

// Config configures Payments.
type Config struct {
	SecretKey     string
	WebhookSecret string // of the webhook endpoint that receives the events
	PriceID       string // the price to sell; "" to create a price from the order's plan
	BaseURL       string // address of the API; "" for Stripe's
	Clock         ports.Clock
	Transport     http.RoundTripper // nil for the default of httpclient.New
}

// Payments implements ports.Payments and ports.Webhooks. It is safe for concurrent use.
type Payments struct {
	config  Config
	backend sdk.Backend
}

// New returns Payments. It does not connect to Stripe. It fails without a secret key,
// and without a webhook secret, because anyone could sign with an empty one.
func New(c Config) (*Payments, error) {
	if c.SecretKey == "" || c.WebhookSecret == "" {
		return nil, errors.New("stripe: the secret key and the webhook secret are required")
	}
	client := httpclient.New(c.Transport)
	client.Timeout = requestTimeout
	client.CheckRedirect = rejectRedirect
	return &Payments{c, sdk.GetBackendWithConfig(sdk.APIBackend, &sdk.BackendConfig{
		HTTPClient:        client,
		LeveledLogger:     &sdk.LeveledLogger{Level: sdk.LevelNull}, // the default logs response bodies to stderr
		MaxNetworkRetries: new(int64(maxRetries)),
		EnableTelemetry:   new(false),
		URL:               new(cmp.Or(c.BaseURL, sdk.APIURL)),
	})}, nil
}

// withMethodTimeout returns a context for all calls of one method. It ends after
// methodTimeout with the cause subscription.ErrUnavailable.
func withMethodTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	cause := fmt.Errorf("%w (no response within %s)", subscription.ErrUnavailable, methodTimeout)
	return context.WithTimeoutCause(ctx, methodTimeout, cause)
}

// rejectRedirect makes a redirect an error, because the next request would send the secret key to another address.
func rejectRedirect(*http.Request, []*http.Request) error { return httpclient.Error("a redirect") }

// call sends a request and returns the object or the list in its response. It
// fails with an *apiError, with ctx's cause when ctx has ended, and with
// subscription.ErrUnavailable when there is no valid response.
func (p *Payments) call(ctx context.Context, method, path string, params sdk.ParamsContainer) (object, error) {
	var o object
	body, common := &form.Values{}, *params.GetParams()
	form.AppendTo(body, params)
	common.Context = ctx
	err := p.backend.CallRaw(method, path, p.config.SecretKey, body, &common, &o)
	if err == nil && !o.isResponseTo(params) {
		err = httpclient.Error("an unexpected object")
	}
	if err != nil {
		return object{}, fmt.Errorf("calling Stripe: %s %s: %w", method, path, translateError(ctx, err))
	}
	return o, nil
}
