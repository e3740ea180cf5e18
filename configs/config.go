// Package configs reads the configuration from environment variables and checks
// all of it before anything starts.
package configs

import (
	"crypto/ed25519"
	"net/netip"
	"net/url"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
)

// The values of APP_ENV.
const (
	Development = "development"
	Production  = "production"
)

// The values of SMS_GUARD.
const (
	GuardRecords  = "record"
	GuardEnforces = "enforce"
)

// Config is the checked configuration of one process. example.env explains the
// variables.
type Config struct {
	Role Role
	Env  string // Development or Production

	HTTPAddr           string         // host:port to listen on
	MetricsAddr        string         // host:port that serves /metrics; "" serves no metrics
	FrontendURLs       []*url.URL     // apps that may call the API from a browser; checkout returns to the first one
	CheckoutReturnURLs []*url.URL     // allowed prefixes of return URLs, besides FrontendURLs
	TrustedProxies     []netip.Prefix // proxies whose X-Forwarded-For header is used

	SecretKeys     [][]byte             // the first signs, all verify; empty in development selects a random key
	TokenAlgorithm string               // HS256, HS384 or HS512
	Ed25519Keys    []ed25519.PrivateKey // if there are any, the first one signs access tokens
	TokenTTL       time.Duration        // how long an access token is valid
	SessionTTL     time.Duration        // how long a session lives after its last use, not shorter than TokenTTL

	DatabaseURL string // "" selects the memory store
	RedisURL    string // "" keeps wake-ups, live logs and rate limits in the process
	NATSURL     string // URLs separated by commas; "" sends wake-ups through Redis, if that is set

	LLMProviders      []LLMProvider // in the order of failover; empty selects the echo model
	EchoLatency       time.Duration // how long the echo model takes for an answer
	EchoPace          time.Duration // or for a word of it, if EchoLatency is not set
	SystemPrompt      string
	HistoryTokens     int               // maximum of a prompt: the smallest one of the LLM providers
	WorkerConcurrency int               // replies that this process generates concurrently
	UserConcurrency   int               // replies that all processes generate concurrently for one user; 0 for no limit
	UserRequests      int               // requests of one user that this process handles concurrently; 0 for no limit
	UserBacklog       int               // replies that may be queued for one user; 0 for no limit
	DailyTokens       quota.TokenBudget // of all users together per UTC day; 0 for no limit
	DailyRefunds      quota.RefundLimit // of one user per UTC day
	MessageTTL        time.Duration     // how long messages are kept; 0 for ever

	SMSSenders        []SMSSender // in the order of failover; empty selects the outbox
	SMSHookURL        string      // receives the SMS of the sender "hook"
	SMSHookKey        []byte      // signs the requests to SMSHookURL
	SMSCountries      []string    // ISO 3166 codes of the allowed countries; empty allows all
	SMSAutofillSuffix otp.AutofillSuffix
	SMSTestNumbers    otp.TestNumbers
	DeviceCodes       int    // an hour, that known devices may request for the numbers of a country
	CountryDailyCap   int    // codes for the numbers of a country per UTC day; 0 for no limit
	SMSGuard          string // GuardRecords or GuardEnforces
	RateLimits        string // Production or "", see HasGenerousRateLimits
	LimitsRequests    bool   // limit the requests a second of users and addresses

	Stripe         Stripe // without a SecretKey the pretend checkout is selected
	AllowsTestKeys bool   // of Stripe, in production
	Plans          plan.Plans

	ShutdownDelay time.Duration // from SIGTERM until the HTTP server closes
	LogFormat     string        // "text", "json" or "", see LogsJSON
}

// Load reads and checks the configuration. The error has all problems, as JoinProblems
// returns them. Each line has the form "VARIABLE: rule" and never contains the value.
// Load also returns the Config with an error, so that the caller can check more of it.
func Load(getenv func(string) string) (Config, error) {
	l := newLoader(getenv)
	c := Config{
		Env: l.appEnv(),

		HTTPAddr:           l.httpAddr(),
		MetricsAddr:        l.MetricsAddr,
		FrontendURLs:       l.frontendURLs(),
		CheckoutReturnURLs: l.checkoutReturnURLs(),
		TrustedProxies:     l.trustedProxies(),

		SecretKeys:     l.secretKeys(),
		TokenAlgorithm: l.Algorithm,
		Ed25519Keys:    l.ed25519Keys(),
		TokenTTL:       time.Duration(l.AccessTokenMinutes) * time.Minute,
		SessionTTL:     l.sessionTTL(),

		DatabaseURL: l.databaseURL(),
		RedisURL:    l.redisURL(),
		NATSURL:     l.natsURL(),

		LLMProviders:      l.llmProviders(),
		EchoLatency:       l.echoLatency(),
		EchoPace:          l.echoPace(),
		SystemPrompt:      l.SystemPrompt,
		WorkerConcurrency: l.WorkerConcurrency,
		UserConcurrency:   l.UserConcurrency,
		UserBacklog:       l.UserBacklog,
		UserRequests:      l.UserRequests,
		DailyTokens:       quota.TokenBudget(l.LLMDailyTokens),
		DailyRefunds:      quota.RefundLimit(l.DailyRefunds),
		MessageTTL:        time.Duration(l.MessageRetentionDays) * 24 * time.Hour,

		SMSSenders:        l.smsSenders(),
		SMSHookURL:        l.SMSHookURL,
		SMSHookKey:        l.smsHookKey(),
		SMSCountries:      l.smsCountries(),
		SMSAutofillSuffix: l.smsAutofillSuffix(),
		SMSTestNumbers:    l.smsTestNumbers(time.Now()),
		DeviceCodes:       l.DeviceCodes,
		CountryDailyCap:   l.CountryDailyCap,
		SMSGuard:          l.SMSGuard,
		RateLimits:        l.RateLimits,

		Stripe:         l.stripe(),
		AllowsTestKeys: l.boolean("ALLOW_TEST_KEYS", l.AllowTestKeys, false),
		Plans:          l.plans(),

		ShutdownDelay: l.ShutdownDelay,
		LogFormat:     l.LogFormat,
	}
	c.HistoryTokens = l.historyTokens(c.LLMProviders)
	c.LimitsRequests = c.Env == Production || c.RateLimits == Production
	l.checkValues()
	l.checkCombinations(c)
	if c.Env == Production {
		l.checkProduction(c)
	}
	return c, JoinProblems(l.problems...)
}

// SendsSMS reports whether codes are sent to real phones.
func (c Config) SendsSMS() bool { return len(c.SMSSenders) > 0 }

// HasGenerousRateLimits reports whether codes can be requested more often than in
// production. This is so in development, while no SMS is sent, unless RATE_LIMITS says otherwise.
func (c Config) HasGenerousRateLimits() bool {
	return c.Env == Development && !c.SendsSMS() && c.RateLimits != Production
}

// LogsJSON reports whether log lines are JSON. Without LOG_FORMAT they are JSON in production only.
func (c Config) LogsJSON() bool {
	return c.LogFormat == "json" || c.LogFormat == "" && c.Env == Production
}
