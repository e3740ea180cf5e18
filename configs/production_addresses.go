package configs

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// checkStripeKey rejects keys of Stripe's test mode, which takes no money
// (docs.stripe.com/keys). sk_ is a secret key and rk_ a restricted one.
func (l *loader) checkStripeKey(c Config) {
	key := c.Stripe.SecretKey
	isTest := strings.HasPrefix(key, "sk_test_") || strings.HasPrefix(key, "rk_test_")
	l.check(!isTest || c.AllowsTestKeys, "STRIPE_SECRET_KEY",
		"must not be a test key in production, because it takes no money; set ALLOW_TEST_KEYS=true to allow it")
}

// checkFrontends rejects http, except on loopback, which apps such as Capacitor's use as their
// origin: anyone on the network could change such a page and read its tokens.
func (l *loader) checkFrontends(c Config) {
	isPlain := func(u *url.URL) bool { return u.Scheme == "http" && !isLoopback(u.Hostname()) }
	l.check(!slices.ContainsFunc(c.FrontendURLs, isPlain), "FRONTEND_URL",
		"must not contain http URLs in production, except of loopback; use https")
}

// checkProxies rejects ranges that are larger than any private network: 10.0.0.0/8, and fc00::/7 of
// which a site uses a /48 (RFC 4193). With such a range, clients on the internet could choose their
// address in X-Forwarded-For, and so evade the limits by address.
func (l *loader) checkProxies(c Config) {
	isTooLarge := func(p netip.Prefix) bool { return p.Bits() < 7 || p.Addr().Is4() && p.Bits() < 8 }
	l.check(!slices.ContainsFunc(c.TrustedProxies, isTooLarge), "TRUSTED_PROXIES",
		"must not contain ranges larger than a /8 (IPv4) or a /7 (IPv6) in production; "+
			"list the addresses of your proxies")
}
