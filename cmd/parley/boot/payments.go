package boot

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"

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
			Note: "nothing can be bought; set STRIPE_SECRET_KEY, or run parley serve, " +
				"because the pretend checkout works only in one process",
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
	return fx.Options(
		fx.Provide(
			func() ports.Payments { return fake.NoPayments{} },
			func() ports.Webhooks { return fake.NoPayments{} },
			func() pretendPages { return nil },
		),
		fx.Invoke(warnNoPayments),
	)
}

// warnNoPayments logs at the start of an API process that it cannot sell.
func warnNoPayments(lc fx.Lifecycle, c configs.Config, log *slog.Logger) {
	if c.Role == configs.RoleAPI {
		lc.Append(fx.StartHook(func() {
			log.Warn("nothing can be bought: separate api and worker processes have no pretend checkout; " +
				"set STRIPE_SECRET_KEY, or run everything in one process with parley serve")
		}))
	}
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

// returnPages returns the pages to which the payments provider returns users: by default
// those of the first frontend, on request also those of others. Without a frontend it
// returns pages of the pretend checkout, and allows the page at "/".
func (s *server) returnPages() subscribe.ReturnPages {
	frontends := s.config.FrontendURLs
	if len(frontends) == 0 {
		frontends = append([]*url.URL{{Scheme: "http", Host: s.address(), Path: "/pretend/app"}}, s.ownPages()...)
	}
	home := frontends[0].String()
	return subscribe.ReturnPages{
		Success: home + "/subscription/success",
		Cancel:  home + "/subscription/cancel",
		Account: home + "/account",
		Allowed: slices.Concat(frontends, s.config.CheckoutReturnURLs),
	}
}

// ownPages returns the URLs of the page at "/": that of the server, and that with the name
// localhost if the server listens on a loopback address.
func (s *server) ownPages() []*url.URL {
	pages := []*url.URL{{Scheme: "http", Host: s.address()}}
	host, port, err := net.SplitHostPort(s.address())
	if ip := net.ParseIP(host); err == nil && ip.IsLoopback() {
		pages = append(pages, &url.URL{Scheme: "http", Host: net.JoinHostPort("localhost", port)})
	}
	return pages
}
