package configs

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// publishedKeys are example keys, which attackers can find in documentation.
var publishedKeys = []string{
	"your_super_secret_key_here_replace_in_production",
	"change-me-to-at-least-32-random-bytes",
	"changeme",
	"secret",
}

// minKeyBytes is the minimum length of a key: the size of a SHA-256 hash (RFC 7518, 3.2).
const minKeyBytes = 32

// minKeyCharacters is the minimum number of different characters in a key. Of the random
// keys with 64 hexadecimal digits, only one in 10^12 has fewer.
const minKeyCharacters = 10

// checkProduction rejects stand-ins, weak keys and unencrypted connections.
func (l *loader) checkProduction(c Config) {
	l.check(c.DatabaseURL != "", "DATABASE_URL",
		"must be set in production; the memory store loses all data when the process ends")
	l.check(len(l.FrontendURL) > 0, "FRONTEND_URL",
		"must be set in production; it has the CORS origins and the page that checkout returns to")
	l.check(len(c.LLMProviders) > 0 || len(l.LLMProviders) > 0, anyLLMProvider,
		"must be set in production; the stand-in only echoes prompts")
	l.check(c.Stripe.SecretKey != "", "STRIPE_SECRET_KEY",
		"must be set in production; the pretend checkout takes no money")
	l.check(c.SendsSMS(), anySMSSender,
		"must be set in production; the stand-in returns login codes in HTTP responses")

	l.checkStripeKey(c)
	l.checkFrontends(c)
	l.checkProxies(c)
	l.checkEncrypted("STRIPE_API_BASE", c.Stripe.BaseURL)
	l.checkEncrypted("SMS_HOOK_URL", c.SMSHookURL)
	for _, s := range c.SMSSenders {
		l.checkEncrypted(l.baseURLVariable(s.Name), s.BaseURL)
	}
	l.checkStrongKey("SECRET_KEY", l.SecretKey)
	if l.SecretKeyPrevious != "" {
		l.checkStrongKey("SECRET_KEY_PREVIOUS", l.SecretKeyPrevious)
	}
}

// checkEncrypted rejects http, except on loopback, because http would send API keys or
// login codes as plain text.
func (l *loader) checkEncrypted(variable, address string) {
	u, err := url.Parse(address)
	plain := err == nil && u.Scheme == "http" && !isLoopback(u.Hostname())
	l.check(!plain, variable, "must be an https URL in production, except on loopback")
}

func (l *loader) checkStrongKey(variable, key string) {
	isKey := func(published string) bool { return strings.EqualFold(key, published) }
	switch {
	case len(key) < minKeyBytes:
		l.fail(variable, fmt.Sprintf("must have at least %d bytes in production, "+
			"such as the output of `openssl rand -base64 48`", minKeyBytes))
	case slices.ContainsFunc(publishedKeys, isKey):
		l.fail(variable, "must not be a published example in production; use the output of `openssl rand -base64 48`")
	case distinctCharacters(key) < minKeyCharacters:
		l.fail(variable, fmt.Sprintf("must have at least %d different characters in production, "+
			"such as the output of `openssl rand -base64 48`", minKeyCharacters))
	}
}

func distinctCharacters(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
