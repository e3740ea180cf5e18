package configs

// Stripe is the Stripe account that receives the payments for Pro.
type Stripe struct {
	SecretKey     string
	WebhookSecret string
	PriceID       string // "" for the price in Config.Plans
	BaseURL       string // "" for the public API
}

// stripe returns the Stripe account. If one of its variables is set, the required ones
// must be set, too.
func (l *loader) stripe() Stripe {
	s := Stripe{
		SecretKey:     l.StripeSecretKey,
		WebhookSecret: l.StripeWebhookSecret,
		PriceID:       l.StripePriceID,
		BaseURL:       l.StripeAPIBase,
	}
	if s == (Stripe{}) {
		return s
	}
	const rule = "must be set when another STRIPE_ variable is set"
	l.check(s.SecretKey != "", "STRIPE_SECRET_KEY", rule)
	l.check(s.WebhookSecret != "", "STRIPE_WEBHOOK_SECRET", rule)
	l.check(len(l.FrontendURL) > 0, "FRONTEND_URL", "must be set when a STRIPE_ variable is set")
	l.check(s.BaseURL == "" || isHTTPURL(s.BaseURL), "STRIPE_API_BASE", "must be an http or https URL")
	return s
}
