// Package configs reads the configuration from the environment and checks it whole.
package configs

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// Environments.
const (
	Development = "development"
	Production  = "production"
)

// Config is the whole configuration, checked.
type Config struct {
	Role           Role
	Env            string
	Addr           string   // host:port to listen on
	MetricsAddr    string   // host:port that /metrics is served on, "" for nowhere
	SecretKeys     [][]byte // the first signs, all verify; none in development means a random one
	Algorithm      string
	TokenLife      time.Duration
	FrontendURL    string     // "" for none
	ReturnURLs     []*url.URL // beside the frontend's, pages that payments may lead back to, with all below each
	TrustedProxies []netip.Prefix

	DatabaseURL string // "" selects the memory store
	RedisURL    string // "" keeps wake-ups, live events and limits in the process

	Models      []Model // that are asked, in order; none selects the echo model
	EchoLatency time.Duration

	Stripe Stripe // without a key the pretend checkout is selected

	SMSSenders   []Company // that texts are sent by, in the order they are tried; none selects the outbox
	SMSHookURL   string
	SMSHookKey   []byte   // signs what is posted there
	SMSCountries []string // ISO 3166 regions that texts are sent to; none for all
	SMSEnding    otp.Ending
	SMSTests     otp.TestNumbers

	Concurrency int
	// UserConcurrency is how many answers of one user are under way at once, by all processes; 0 for as many as they like.
	UserConcurrency int
	DailyTokens     quota.Budget
	SystemText      string
	HistoryTokens   int
	Plans           subscription.Plans
	ShutdownDelay   time.Duration
	LogFormat       string
}

// Load reads the configuration. Its error joins every problem there is, one a
// line, each naming its variable and never its value.
func Load(getenv func(string) string) (Config, error) {
	v, problems := parse(getenv)
	c := Config{
		Env: v.environment(), MetricsAddr: v.MetricsAddr, Algorithm: v.Algorithm, TokenLife: time.Duration(v.TokenMinutes) * time.Minute,
		FrontendURL: strings.TrimSuffix(v.FrontendURL, "/"), DatabaseURL: v.DatabaseURL, RedisURL: v.redis(),
		EchoLatency: v.EchoLatency, SMSHookURL: v.SMSHookURL, Concurrency: v.Concurrency, UserConcurrency: v.UserConcurrency, DailyTokens: quota.Budget(v.DailyTokens), SystemText: v.SystemText, HistoryTokens: v.HistoryTokens, Plans: v.plans(), LogFormat: v.LogFormat, ShutdownDelay: v.ShutdownDelay,
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
	c.ReturnURLs, err = v.returnURLs()
	report(err)
	c.Models, err = v.models()
	report(err)
	c.Stripe, err = v.stripe()
	report(err)
	c.SMSHookKey, err = v.smsHook()
	report(err)
	c.SMSSenders, err = v.senders()
	report(err)
	c.SMSCountries, err = v.regions()
	report(err)
	c.SMSEnding, err = v.smsEnding()
	report(err)
	c.SMSTests, err = v.testNumbers(time.Now())
	report(err)
	c.SecretKeys = v.keys()
	report(v.ranges())
	report(v.stack())
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

// LogsJSON says whether log lines are JSON, for programs to read.
func (c Config) LogsJSON() bool {
	return c.LogFormat == "json" || c.LogFormat == "" && c.Env == Production
}
