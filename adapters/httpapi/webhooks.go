package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
)

type webhookIn struct {
	Signature string `header:"Stripe-Signature" doc:"t=…,v1=…: HMAC-SHA256 of the raw body, at most 5 minutes old."`
	RawBody   []byte `contentType:"application/json"`
}

type receivedOut struct {
	Body struct {
		Status string `json:"status" enum:"received"`
	}
}

func (a *API) registerWebhooks() {
	for _, path := range []string{"/subscribe/webhook", "/webhook/stripe"} {
		a.registerWebhook(path)
	}
}

func (a *API) registerWebhook(path string) {
	register(a, route{
		method:   http.MethodPost,
		path:     path,
		status:   http.StatusOK,
		tag:      tagSubscription,
		webhook:  true,
		public:   true,
		refusals: []*fault.Error{subscription.ErrSignature, subscription.ErrUnavailable},
		summary:  "Receive a webhook",
		doc:      "For the payments provider. Duplicates and irrelevant events are received too.",
	}, a.receiveWebhook)
	body := a.huma.OpenAPI().Paths[path].Post.RequestBody.Content["application/json"]
	body.Schema = &huma.Schema{Type: huma.TypeObject, Description: "An event of the payments provider."}
}

// receiveWebhook handles POST /subscribe/webhook and POST /webhook/stripe.
func (a *API) receiveWebhook(ctx context.Context, in *webhookIn) (*receivedOut, error) {
	e, err := a.config.Subscribe.ReceiveWebhook(ctx, in.RawBody, in.Signature)
	if err != nil {
		return nil, err
	}
	addToLog(ctx, "event", e.ID, "type", e.Type)
	out := &receivedOut{}
	out.Body.Status = "received"
	return out, nil
}
