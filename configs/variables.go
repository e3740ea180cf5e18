package configs

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// variables are the environment as it is spelled.
type variables struct {
	AppEnv              string        `env:"APP_ENV"`
	Debug               string        `env:"DEBUG"`
	HTTPAddr            string        `env:"HTTP_ADDR"`
	Port                string        `env:"PORT"`
	MetricsAddr         string        `env:"METRICS_ADDR"`
	SecretKey           string        `env:"SECRET_KEY"`
	SecretKeyPrevious   string        `env:"SECRET_KEY_PREVIOUS"`
	Algorithm           string        `env:"ALGORITHM" envDefault:"HS256"`
	TokenMinutes        int           `env:"ACCESS_TOKEN_EXPIRE_MINUTES" envDefault:"1440"`
	FrontendURL         string        `env:"FRONTEND_URL"`
	ReturnURLs          []string      `env:"CHECKOUT_RETURN_URLS"`
	TrustedProxies      []string      `env:"TRUSTED_PROXIES"`
	DatabaseURL         string        `env:"DATABASE_URL"`
	RedisURL            string        `env:"REDIS_URL"`
	RedisHost           string        `env:"REDIS_HOST"`
	RedisPort           int           `env:"REDIS_PORT" envDefault:"6379"`
	RedisPassword       string        `env:"REDIS_PASSWORD"`
	RedisDB             int           `env:"REDIS_DB"`
	LLMProviders        []string      `env:"LLM_PROVIDERS"`
	StripeSecretKey     string        `env:"STRIPE_SECRET_KEY"`
	StripeWebhookSecret string        `env:"STRIPE_WEBHOOK_SECRET"`
	StripePriceID       string        `env:"STRIPE_PRICE_ID"`
	StripeAPIBase       string        `env:"STRIPE_API_BASE"`
	EchoLatency         time.Duration `env:"ECHO_LATENCY" envDefault:"300ms"`
	SMSHookURL          string        `env:"SMS_HOOK_URL"`
	SMSHookSecret       string        `env:"SMS_HOOK_SECRET"`
	SMSCountries        []string      `env:"SMS_COUNTRIES"`
	SMSSenders          []string      `env:"SMS_SENDERS"`
	SMSWebOTPDomain     string        `env:"SMS_WEBOTP_DOMAIN"`
	SMSAndroidHash      string        `env:"SMS_ANDROID_HASH"`
	SMSTestNumbers      []string      `env:"SMS_TEST_NUMBERS"`
	Concurrency         int           `env:"WORKER_CONCURRENCY" envDefault:"256"`
	UserConcurrency     int           `env:"USER_CONCURRENCY" envDefault:"8"`
	DailyTokens         int64         `env:"LLM_DAILY_TOKENS" envDefault:"0"`
	SystemText          string        `env:"SYSTEM_PROMPT" envDefault:"You are a helpful, concise assistant in a chat app."`
	HistoryTokens       int           `env:"HISTORY_TOKENS" envDefault:"16000"`
	BasicLimit          int           `env:"BASIC_DAILY_LIMIT" envDefault:"5"`
	ProCents            int64         `env:"PRO_PRICE_CENTS" envDefault:"999"`
	ProCurrency         string        `env:"PRO_CURRENCY" envDefault:"usd"`
	ProHeadStart        time.Duration `env:"PRO_HEAD_START" envDefault:"30s"`
	Grace               time.Duration `env:"PAST_DUE_GRACE" envDefault:"168h"`
	LogFormat           string        `env:"LOG_FORMAT"`
	ShutdownDelay       time.Duration `env:"SHUTDOWN_DELAY" envDefault:"0s"`

	getenv func(string) string // for companies, whose variables are called by their names
}

// parse reads the variables that have a type of their own.
func parse(getenv func(string) string) (variables, []error) {
	v := variables{getenv: getenv}
	set := map[string]string{}
	fields, err := env.GetFieldParams(&v)
	for _, f := range fields {
		if value := getenv(f.Key); value != "" {
			set[f.Key] = value
		}
	}
	if err == nil {
		err = env.ParseWithOptions(&v, env.Options{Environment: set})
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		return v, appendError(nil, err)
	}
	var problems []error
	for _, one := range all.Errors {
		problems = append(problems, unreadable(one))
	}
	return v, problems
}

func appendError(list []error, err error) []error {
	if err == nil {
		return list
	}
	return append(list, err)
}

// unreadable names the variable that does not parse; the library's own text quotes the value.
func unreadable(err error) error {
	var p env.ParseError
	if !errors.As(err, &p) {
		return errors.New("a variable cannot be read")
	}
	field, _ := reflect.TypeFor[variables]().FieldByName(p.Name)
	return fmt.Errorf("%s: cannot be read as %s", field.Tag.Get("env"), p.Type)
}

// environment is APP_ENV; unset, DEBUG=False means production, as it did in the original.
func (v variables) environment() string {
	switch {
	case v.AppEnv != "":
		return v.AppEnv
	case strings.EqualFold(v.Debug, "false"):
		return Production
	}
	return Development
}

// redis is the URL that REDIS_URL gives or REDIS_HOST and its like make up, "" for none.
func (v variables) redis() string {
	if v.RedisURL != "" || v.RedisHost == "" {
		return v.RedisURL
	}
	u := url.URL{Scheme: "redis", Host: net.JoinHostPort(v.RedisHost, strconv.Itoa(v.RedisPort)), Path: "/" + strconv.Itoa(v.RedisDB)}
	if v.RedisPassword != "" {
		u.User = url.UserPassword("", v.RedisPassword)
	}
	return u.String()
}

func (v variables) plans() subscription.Plans {
	return subscription.Plans{
		Basic: subscription.Plan{Tier: subscription.Basic, Name: "Parley Basic", Terms: chat.Terms{Limit: quota.Limit(v.BasicLimit)}},
		Pro: subscription.Plan{Tier: subscription.Pro, Name: "Parley Pro", Cents: v.ProCents, Currency: v.ProCurrency,
			Terms: chat.Terms{Limit: quota.Unlimited, HeadStart: v.ProHeadStart}},
		Grace: v.Grace,
	}
}

func (v variables) keys() [][]byte {
	var keys [][]byte
	for _, k := range []string{v.SecretKey, v.SecretKeyPrevious} {
		if k != "" {
			keys = append(keys, []byte(k))
		}
	}
	return keys
}
