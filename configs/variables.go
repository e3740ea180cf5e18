package configs

import "time"

// variables holds the environment variables with their defaults, parsed but not checked.
// The variables of LLM providers and SMS senders are not here, because their names
// start with the provider's name, see variableName.
type variables struct {
	AppEnv    string `env:"APP_ENV"`
	Debug     string `env:"DEBUG"`
	LogFormat string `env:"LOG_FORMAT"`

	HTTPAddr           string        `env:"HTTP_ADDR"`
	Port               string        `env:"PORT"`
	MetricsAddr        string        `env:"METRICS_ADDR"`
	FrontendURL        []string      `env:"FRONTEND_URL"`
	CheckoutReturnURLs []string      `env:"CHECKOUT_RETURN_URLS"`
	TrustedProxies     []string      `env:"TRUSTED_PROXIES"`
	ShutdownDelay      time.Duration `env:"SHUTDOWN_DELAY" envDefault:"0s"`

	SecretKey          string `env:"SECRET_KEY"`
	SecretKeyPrevious  string `env:"SECRET_KEY_PREVIOUS"`
	Algorithm          string `env:"ALGORITHM" envDefault:"HS256"`
	AccessTokenMinutes int    `env:"ACCESS_TOKEN_EXPIRE_MINUTES" envDefault:"1440"`
	RefreshTokenDays   int    `env:"REFRESH_TOKEN_EXPIRE_DAYS" envDefault:"30"`
	Ed25519Key         string `env:"JWT_ED25519_KEY"`
	Ed25519Previous    string `env:"JWT_ED25519_KEY_PREVIOUS"`

	DatabaseURL   string `env:"DATABASE_URL"`
	RedisURL      string `env:"REDIS_URL"`
	RedisHost     string `env:"REDIS_HOST"`
	RedisPort     int    `env:"REDIS_PORT" envDefault:"6379"`
	RedisPassword string `env:"REDIS_PASSWORD"`
	RedisDB       int    `env:"REDIS_DB"`
	NATSURL       string `env:"NATS_URL"`

	LLMProviders      []string       `env:"LLM_PROVIDERS"`
	EchoLatency       *time.Duration `env:"ECHO_LATENCY"`
	HistoryTokens     int            `env:"HISTORY_TOKENS" envDefault:"16000"`
	WorkerConcurrency int            `env:"WORKER_CONCURRENCY" envDefault:"256"`
	UserConcurrency   int            `env:"USER_CONCURRENCY" envDefault:"8"`
	UserBacklog       int            `env:"USER_BACKLOG" envDefault:"100"`
	UserRequests      int            `env:"USER_REQUESTS" envDefault:"32"`
	LLMDailyTokens    int64          `env:"LLM_DAILY_TOKENS" envDefault:"0"`
	DailyRefunds      int            `env:"DAILY_REFUNDS" envDefault:"10"`

	MessageRetentionDays int `env:"MESSAGE_RETENTION_DAYS" envDefault:"0"`

	SystemPrompt string `env:"SYSTEM_PROMPT" envDefault:"You are a helpful, concise assistant in a chat app."`

	SMSSenders      []string `env:"SMS_SENDERS"`
	SMSHookURL      string   `env:"SMS_HOOK_URL"`
	SMSHookSecret   string   `env:"SMS_HOOK_SECRET"`
	SMSCountries    []string `env:"SMS_COUNTRIES"`
	SMSWebOTPDomain string   `env:"SMS_WEBOTP_DOMAIN"`
	SMSAndroidHash  string   `env:"SMS_ANDROID_HASH"`
	SMSTestNumbers  []string `env:"SMS_TEST_NUMBERS"`
	RateLimits      string   `env:"RATE_LIMITS"`
	DeviceCodes     int      `env:"DEVICE_CODES_PER_COUNTRY" envDefault:"1000"`
	CountryDailyCap int      `env:"SMS_COUNTRY_DAILY_CAP" envDefault:"5000"`
	SMSGuard        string   `env:"SMS_GUARD" envDefault:"record"`

	StripeSecretKey     string `env:"STRIPE_SECRET_KEY"`
	StripeWebhookSecret string `env:"STRIPE_WEBHOOK_SECRET"`
	StripePriceID       string `env:"STRIPE_PRICE_ID"`
	StripeAPIBase       string `env:"STRIPE_API_BASE"`
	AllowTestKeys       string `env:"ALLOW_TEST_KEYS"`

	// The defaults are those of plan.Defaults. A test compares them.
	BasicDailyLimit int           `env:"BASIC_DAILY_LIMIT" envDefault:"5"`
	ProPriceCents   int64         `env:"PRO_PRICE_CENTS" envDefault:"999"`
	ProCurrency     string        `env:"PRO_CURRENCY" envDefault:"usd"`
	ProHeadStart    time.Duration `env:"PRO_HEAD_START" envDefault:"30s"`
	PastDueGrace    time.Duration `env:"PAST_DUE_GRACE" envDefault:"168h"`
}
