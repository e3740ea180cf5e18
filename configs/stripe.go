package configs

import (
	"errors"
	"net/url"
)

// Stripe is the account that Pro is paid to.
type Stripe struct{ SecretKey, WebhookSecret, PriceID, BaseURL string }

// stripe checks the account, which is whole or not there.
func (v variables) stripe() (Stripe, error) {
	s := Stripe{v.StripeSecretKey, v.StripeWebhookSecret, v.StripePriceID, v.StripeAPIBase}
	if s == (Stripe{}) {
		return s, nil
	}
	var problems []error
	for name, value := range map[string]string{"STRIPE_SECRET_KEY": s.SecretKey, "STRIPE_WEBHOOK_SECRET": s.WebhookSecret, "FRONTEND_URL": v.FrontendURL} {
		if value == "" {
			problems = append(problems, errors.New(name+": must be set where another STRIPE_ variable is"))
		}
	}
	if s.BaseURL != "" && !isHTTP(s.BaseURL) {
		problems = append(problems, errors.New("STRIPE_API_BASE: must be an http or https URL"))
	}
	return s, errors.Join(problems...)
}

// stripeInProduction asks for real payments, over a line that nobody listens to.
func (v variables) stripeInProduction() error {
	if v.StripeSecretKey == "" {
		return errors.New("STRIPE_SECRET_KEY: production needs real payments; the pretend checkout takes no money")
	}
	if u, err := url.Parse(v.StripeAPIBase); err != nil || u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return errors.New("STRIPE_API_BASE: must be https in production, except on loopback")
	}
	return nil
}
