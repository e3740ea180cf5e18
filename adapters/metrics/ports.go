package metrics

import (
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// Messages counts the messages that another ports.Messages accepts; replays are none.
type Messages struct {
	ports.Messages
	Metrics *Metrics
}

func (c Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	a, err := c.Messages.Accept(ctx, d)
	if err == nil && !a.Replayed {
		c.Metrics.accepted.WithLabelValues(string(tier(d, a))).Inc()
	}
	return a, err
}

// tier is whose terms were applied: the plans' limits differ.
func tier(d chat.Draft, a chat.Accepted) subscription.Tier {
	if a.Limit == d.Pro.Limit {
		return subscription.Pro
	}
	return subscription.Basic
}

// LLM measures another ports.LLM.
type LLM struct {
	ports.LLM
	Metrics *Metrics
}

func (c LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	start := time.Now()
	usage, err := c.LLM.Answer(ctx, p, emit)
	c.Metrics.llm.Observe(time.Since(start).Seconds())
	c.Metrics.tokens.WithLabelValues("in").Add(float64(max(0, usage.In)))
	c.Metrics.tokens.WithLabelValues("out").Add(float64(max(0, usage.Out)))
	return usage, err
}

// SMS counts the texts that another ports.SMS takes.
type SMS struct {
	ports.SMS
	Metrics *Metrics
}

func (c SMS) Send(ctx context.Context, to phone.Number, text string) error {
	err := c.SMS.Send(ctx, to, text)
	outcome := "sent"
	if err != nil {
		outcome = "failed"
	}
	c.Metrics.sms.WithLabelValues(outcome).Inc()
	return err
}

// Webhooks counts the events that another ports.Webhooks finds genuine.
type Webhooks struct {
	ports.Webhooks
	Metrics *Metrics
}

func (c Webhooks) Event(payload []byte, signature string, now time.Time) (ports.Event, error) {
	e, err := c.Webhooks.Event(payload, signature, now)
	if err == nil {
		c.Metrics.webhooks.WithLabelValues(known(e.Type)).Inc()
	}
	return e, err
}

// known is the type if it is one of ours, else "other".
func known(eventType string) string {
	if slices.Contains(eventTypes, eventType) {
		return eventType
	}
	return "other"
}

// eventTypes are those that say something of a subscription (docs.stripe.com/api/events/types).
var eventTypes = []string{
	"checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed", "checkout.session.expired",
	"customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted", "customer.subscription.paused", "customer.subscription.resumed",
	"invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed", "invoice.payment_action_required",
}
