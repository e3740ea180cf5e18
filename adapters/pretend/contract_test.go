package pretend_test

import (
	"errors"
	"path"
	"testing"

	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestPayments(t *testing.T) {
	portstest.Payments(t, func(t *testing.T) portstest.PaymentsRig { return newFixture(t).paymentsRig() })
}

func TestWebhooks(t *testing.T) {
	portstest.Webhooks(t, func(t *testing.T) portstest.WebhooksRig {
		f := newFixture(t)
		return portstest.WebhooksRig{Webhooks: f, Sign: f.Sign}
	})
}

func (f *fixture) paymentsRig() portstest.PaymentsRig {
	return portstest.PaymentsRig{
		Payments:      f,
		Webhooks:      f,
		Now:           f.Now,
		SetOutage:     f.SetOutage,
		Deliveries:    f.takeDeliveries,
		Pay:           f.payAt,
		Decline:       func(pageURL string) error { return f.Decline(path.Base(pageURL)) },
		Abandon:       func(pageURL string) error { _, err := f.Abandon(path.Base(pageURL)); return err },
		Renew:         f.advanceToPeriodEnd,
		FailRenewal:   f.failRenewal,
		PayInvoice:    f.ReplaceCard,
		ExpireInvoice: func(string) error { f.Advance(14 * day); return nil },
		CancelNow:     f.CancelNow,
	}
}

func (f *fixture) failRenewal(customer string) error {
	return errors.Join(f.FailRenewals(customer), f.advanceToPeriodEnd(customer))
}
