package metrics

import (
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/ports"
)

// Messages is a ports.Messages that counts the accepted messages of another one.
type Messages struct {
	ports.Messages
	Metrics *Metrics
}

// Accept implements ports.Messages. It counts the message unless it is a replay of an earlier request.
func (m Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	a, err := m.Messages.Accept(ctx, d)
	if err == nil && !a.Replayed {
		m.Metrics.accepted.WithLabelValues(string(tier(d.Ask, a.Spent))).Inc()
	}
	return a, err
}

// MessageChanges is a ports.MessageChanges that counts the accepted edits and retries of
// another one.
type MessageChanges struct {
	ports.MessageChanges
	Metrics *Metrics
}

// Edit implements ports.MessageChanges. It counts the edit unless it is a replay of an earlier request.
func (m MessageChanges) Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error) {
	a, err := m.MessageChanges.Edit(ctx, e)
	if err == nil && !a.Replayed {
		m.Metrics.edited.WithLabelValues(string(tier(e.Ask, a.Spent))).Inc()
	}
	return a, err
}

// Retry implements ports.MessageChanges. It counts the retry unless it is a replay of an earlier request.
func (m MessageChanges) Retry(ctx context.Context, r chat.Retry) (chat.Retried, error) {
	a, err := m.MessageChanges.Retry(ctx, r)
	if err == nil && !a.Replayed {
		m.Metrics.retried.WithLabelValues(string(tier(r.Ask, a.Spent))).Inc()
	}
	return a, err
}

// tier returns the tier whose limit applied. chat.Spent contains only the limit. If
// both tiers have the same limit, tier returns Pro.
func tier(a chat.Ask, s chat.Spent) plan.Tier {
	if s.Limit == a.Pro.Limit {
		return plan.Pro
	}
	return plan.Basic
}

// LLM is a ports.LLM that measures the calls of another one.
type LLM struct {
	ports.LLM
	Metrics *Metrics
}

// Answer implements ports.LLM. It observes the duration and counts the tokens, even if the call fails.
func (l LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	start := time.Now()
	usage, err := l.LLM.Answer(ctx, p, emit)
	l.Metrics.llmSeconds.Observe(time.Since(start).Seconds())
	l.Metrics.tokens.WithLabelValues("in").Add(float64(max(0, usage.In)))
	l.Metrics.tokens.WithLabelValues("out").Add(float64(max(0, usage.Out)))
	return usage, err
}

// SMS is a ports.SMS that counts the calls of another one.
type SMS struct {
	ports.SMS
	Metrics *Metrics
}

// Send implements ports.SMS. It counts the SMS as sent or failed.
func (s SMS) Send(ctx context.Context, to phone.Number, text string) error {
	err := s.SMS.Send(ctx, to, text)
	outcome := "sent"
	if err != nil {
		outcome = "failed"
	}
	s.Metrics.sms.WithLabelValues(outcome).Inc()
	return err
}

// Webhooks is a ports.Webhooks that counts the verified events of another one.
type Webhooks struct {
	ports.Webhooks
	Metrics *Metrics
}

// Event implements ports.Webhooks. It counts the event if its signature is valid.
func (w Webhooks) Event(payload []byte, signature string, now time.Time) (ports.WebhookEvent, error) {
	e, err := w.Webhooks.Event(payload, signature, now)
	if err == nil {
		w.Metrics.webhooks.WithLabelValues(typeLabel(e.Type)).Inc()
	}
	return e, err
}

// typeLabel returns eventType if it is one of webhookTypes, else "other".
func typeLabel(eventType string) string {
	if slices.Contains(webhookTypes, eventType) {
		return eventType
	}
	return "other"
}

// webhookTypes are Stripe's events about subscriptions (docs.stripe.com/api/events/types).
var webhookTypes = []string{
	"checkout.session.completed",
	"checkout.session.async_payment_succeeded",
	"checkout.session.async_payment_failed",
	"checkout.session.expired",
	"customer.subscription.created",
	"customer.subscription.updated",
	"customer.subscription.deleted",
	"customer.subscription.paused",
	"customer.subscription.resumed",
	"invoice.paid",
	"invoice.payment_succeeded",
	"invoice.payment_failed",
	"invoice.payment_action_required",
}
