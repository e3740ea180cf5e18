// Package configs reads the configuration from the environment and checks it whole.
package configs

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// Environments.
const (
	Development = "development"
	Production  = "production"
)

// Config is the whole configuration, checked.
type Config struct {
	Env            string
	Addr           string   // host:port to listen on
	SecretKeys     [][]byte // the first signs, all verify; none in development means a random one
	Algorithm      string
	TokenLife      time.Duration
	FrontendURL    string // "" for none
	TrustedProxies []netip.Prefix

	GeminiKey     string // "" selects the echo model
	GeminiModel   string
	GeminiBaseURL string
	EchoLatency   time.Duration

	Concurrency   int
	SystemText    string
	HistoryTokens int
	Plans         subscription.Plans
	LogFormat     string
}

// Load reads the configuration. Its error joins every problem there is, one a
// line, each naming its variable and never its value.
func Load(getenv func(string) string) (Config, error) {
	v, problems := parse(getenv)
	c := Config{
		Env: v.environment(), Algorithm: v.Algorithm, TokenLife: time.Duration(v.TokenMinutes) * time.Minute,
		FrontendURL: strings.TrimSuffix(v.FrontendURL, "/"), GeminiKey: v.GeminiKey, GeminiModel: v.GeminiModel, GeminiBaseURL: v.GeminiBaseURL,
		EchoLatency: v.EchoLatency, Concurrency: v.Concurrency, SystemText: v.SystemText, HistoryTokens: v.HistoryTokens, Plans: v.plans(), LogFormat: v.LogFormat,
	}
	report := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	var err error
	c.Addr, err = v.addr()
	report(err)
	c.TrustedProxies, err = prefixes(v.TrustedProxies)
	report(err)
	c.SecretKeys = v.keys()
	report(v.ranges())
	report(v.urls())
	report(missing(getenv))
	if c.Env == Production {
		report(v.fitForProduction())
	}
	return c, errors.Join(problems...)
}

// Origin is the frontend's, as its pages send it (RFC 6454, 6.2), "" for none.
func (c Config) Origin() string {
	u, err := url.Parse(c.FrontendURL)
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
