package boot

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// pretendPages serves the pages under /pretend/. It is nil without a pretend checkout.
type pretendPages http.Handler

func choosePayments(c configs.Config) (Adapter, fx.Option) {
	switch {
	case c.Stripe.SecretKey != "":
		return Adapter{Port: "payments", Name: "stripe"}, stripeModule()
	case c.Role != configs.RoleServe:
		return Adapter{
			Port:    "payments",
			Name:    "closed",
			StandIn: true,
			Note:    "nothing can be bought; the pretend checkout keeps its state in one process, so only serve has it",
		}, noPaymentsModule()
	}
	return Adapter{
		Port:    "payments",
		Name:    "pretend checkout",
		StandIn: true,
		Note:    "it charges no money; its pages are under /pretend/",
	}, pretendModule()
}

func stripeModule() fx.Option {
	return fx.Provide(
		newStripe,
		func(p *stripe.Payments) ports.Payments { return p },
		func(p *stripe.Payments) ports.Webhooks { return p },
		func() pretendPages { return nil },
	)
}

func newStripe(c configs.Config, clock ports.Clock) (*stripe.Payments, error) {
	return stripe.New(stripe.Config{
		SecretKey:     c.Stripe.SecretKey,
		WebhookSecret: c.Stripe.WebhookSecret,
		PriceID:       c.Stripe.PriceID,
		BaseURL:       c.Stripe.BaseURL,
		Clock:         clock,
	})
}

func noPaymentsModule() fx.Option {
	return fx.Provide(
		func() ports.Payments { return fake.NoPayments{} },
		func() ports.Webhooks { return fake.NoPayments{} },
		func() pretendPages { return nil },
	)
}

func pretendModule() fx.Option {
	return fx.Provide(
		newPretend,
		func(p *pretend.Payments) ports.Payments { return p },
		func(p *pretend.Payments) ports.Webhooks { return p },
		func(p *pretend.Payments) pretendPages { return p.Handler() },
	)
}

// newPretend returns the pretend payments provider. It delivers its webhooks to
// this program, and starts and stops with it.
func newPretend(lc fx.Lifecycle, clock ports.Clock, s *server, log *slog.Logger) (*pretend.Payments, error) {
	p, err := pretend.New(pretend.Config{
		Clock:   clock,
		Random:  rand.Reader,
		BaseURL: s.url,
		Deliver: s.deliverWebhook,
		Log:     log,
	})
	if err != nil {
		return nil, fmt.Errorf("creating the pretend checkout: %w", err)
	}
	lc.Append(fx.Hook{OnStart: p.Start, OnStop: p.Stop})
	return p, nil
}

// returnPages returns the pages of the frontend to which the payments provider
// returns users. Without a frontend it returns pages of the pretend checkout.
func (s *server) returnPages() subscribe.ReturnPages {
	home := s.config.FrontendURL
	if home == "" {
		home = s.url() + "/pretend/app"
	}
	pages := subscribe.ReturnPages{
		Success: home + "/subscription/success",
		Cancel:  home + "/subscription/cancel",
		Account: home + "/account",
		Allowed: s.config.CheckoutReturnURLs,
	}
	if u, err := url.Parse(home); err == nil {
		pages.Allowed = append([]*url.URL{u}, pages.Allowed...)
	}
	return pages
}
