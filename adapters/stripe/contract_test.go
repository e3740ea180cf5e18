package stripe_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestPayments(t *testing.T) {
	for _, version := range apiVersions {
		t.Run(version, func(t *testing.T) {
			portstest.Payments(t, func(t *testing.T) portstest.PaymentsRig {
				return newFixture(t, version).paymentsRig()
			})
		})
	}
}

func TestWebhooks(t *testing.T) {
	portstest.Webhooks(t, func(t *testing.T) portstest.WebhooksRig {
		f := newFixture(t, stripetest.V2023)
		return portstest.WebhooksRig{Webhooks: f, Sign: f.stripe.Sign}
	})
}

func (f *fixture) paymentsRig() portstest.PaymentsRig {
	return portstest.PaymentsRig{
		Payments:      f,
		Webhooks:      f,
		Now:           f.clock.Now,
		SetOutage:     f.setOutage,
		Deliveries:    f.deliveries,
		Pay:           f.stripe.Pay,
		Decline:       f.stripe.Decline,
		Abandon:       func(string) error { return nil },
		Renew:         f.advanceToPeriodEnd,
		FailRenewal:   f.failRenewal,
		PayInvoice:    f.stripe.ReplaceCard,
		CancelNow:     f.stripe.CancelNow,
		ExpireInvoice: func(string) error { f.advance(14 * 24 * time.Hour); return nil },
	}
}

func (f *fixture) failRenewal(customer string) error {
	return errors.Join(f.stripe.FailRenewals(customer), f.advanceToPeriodEnd(customer))
}

func (f *fixture) deliveries() (all []portstest.Delivery) {
	for _, w := range f.stripe.TakeWebhooks() {
		all = append(all, portstest.Delivery{Payload: w.Payload, Signature: w.Signature, At: w.SignedAt})
	}
	return all
}
