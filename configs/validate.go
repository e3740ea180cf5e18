package configs

import (
	"slices"
	"time"
	"unicode/utf8"
)

// checkValues checks the variables whose rules do not depend on other variables.
func (l *loader) checkValues() {
	l.check(slices.Contains([]string{"", Development, Production}, l.AppEnv),
		"APP_ENV", "must be development or production")
	l.check(slices.Contains([]string{"", "text", "json"}, l.LogFormat),
		"LOG_FORMAT", "must be text or json")

	l.check(l.MetricsAddr == "" || isHostPort(l.MetricsAddr),
		"METRICS_ADDR", "must be host:port, such as 127.0.0.1:9090")
	l.check(l.ShutdownDelay >= 0 && l.ShutdownDelay <= 5*time.Second,
		"SHUTDOWN_DELAY", "must be between 0s and 5s")

	l.check(slices.Contains([]string{"HS256", "HS384", "HS512"}, l.Algorithm),
		"ALGORITHM", "must be HS256, HS384 or HS512")
	l.check(l.AccessTokenMinutes >= 1 && l.AccessTokenMinutes <= 366*24*60,
		"ACCESS_TOKEN_EXPIRE_MINUTES", "must be between 1 and 527040, which is 366 days")

	l.check(l.RefreshTokenDays >= 1 && l.RefreshTokenDays <= 366,
		"REFRESH_TOKEN_EXPIRE_DAYS", "must be between 1 and 366")

	l.check(l.echoLatency() >= 0, "ECHO_LATENCY", "must not be negative")
	l.check(l.HistoryTokens >= minHistoryTokens, "HISTORY_TOKENS", historyTokensRule)
	l.check(l.WorkerConcurrency >= 1 && l.WorkerConcurrency <= 10_000,
		"WORKER_CONCURRENCY", "must be between 1 and 10000")
	l.check(l.UserConcurrency >= 0 && l.UserConcurrency <= 10_000,
		"USER_CONCURRENCY", "must be between 1 and 10000, or 0 for no limit")
	l.check(l.UserRequests >= 0 && l.UserRequests <= 1_000_000,
		"USER_REQUESTS", "must be between 1 and 1000000, or 0 for no limit")
	l.check(l.UserBacklog >= 0 && l.UserBacklog <= 1_000_000,
		"USER_BACKLOG", "must be between 1 and 1000000, or 0 for no limit")
	l.check(l.DeviceCodes >= 1 && l.DeviceCodes <= 1_000_000,
		"DEVICE_CODES_PER_COUNTRY", "must be between 1 and 1000000")
	l.check(l.CountryDailyCap >= 0 && l.CountryDailyCap <= 10_000_000,
		"SMS_COUNTRY_DAILY_CAP", "must be between 1 and 10000000, or 0 for no limit")
	l.check(slices.Contains([]string{GuardRecords, GuardEnforces}, l.SMSGuard),
		"SMS_GUARD", "must be record or enforce")
	l.check(slices.Contains([]string{"", Production}, l.RateLimits),
		"RATE_LIMITS", "must be production, or not set")
	l.check(l.LLMDailyTokens >= 0, "LLM_DAILY_TOKENS", "must be positive, or 0 for no limit")

	l.check(l.DailyRefunds >= 0 && l.DailyRefunds <= 1_000_000,
		"DAILY_REFUNDS", "must be between 0 and 1000000; 0 refunds nothing")

	l.check(l.MessageRetentionDays >= 0 && l.MessageRetentionDays <= 36_500,
		"MESSAGE_RETENTION_DAYS", "must be between 0 and 36500; 0 keeps all messages")

	l.check(l.BasicDailyLimit >= 0, "BASIC_DAILY_LIMIT", "must not be negative")
	l.check(l.ProPriceCents >= 1 && l.ProPriceCents <= 99_999_999, // docs.stripe.com/currencies
		"PRO_PRICE_CENTS", "must be between 1 and 99999999")
	l.check(l.RedisPort >= 1 && l.RedisPort <= 65535, "REDIS_PORT", "must be between 1 and 65535")
	l.check(utf8.ValidString(l.SystemPrompt), "SYSTEM_PROMPT", "must be text in UTF-8")
	l.check(len(l.ProCurrency) == 3, "PRO_CURRENCY", "must be an ISO 4217 code of three letters, such as usd")
	l.check(l.ProHeadStart >= 0, "PRO_HEAD_START", "must not be negative")
	l.check(l.PastDueGrace >= 0, "PAST_DUE_GRACE", "must not be negative")
}

// wantsRedis reports whether Redis is used, or will be used as soon as the problems with its
// variables are solved. Without the second part, the next start would report another problem.
func (l *loader) wantsRedis(c Config) bool {
	return c.RedisURL != "" || c.NATSURL != "" || l.RedisPassword != "" || l.RedisDB != 0
}

// checkCombinations checks that no variable is set without another one that it needs.
func (l *loader) checkCombinations(c Config) {
	l.check(l.SecretKey != "" || l.SecretKeyPrevious == "",
		"SECRET_KEY", "must be set when SECRET_KEY_PREVIOUS is set")
	l.check(c.DatabaseURL != "" || !l.wantsRedis(c),
		"DATABASE_URL", "must be set when Redis or NATS is used, because they do not store the data")
	l.check(l.RedisHost != "" || l.RedisPassword == "" && l.RedisDB == 0,
		"REDIS_HOST", "must be set when REDIS_PASSWORD or REDIS_DB is set")
	l.check(c.NATSURL == "" || c.RedisURL != "",
		"REDIS_URL", "must be set when NATS_URL is set, because NATS carries only the wake-ups")
	l.check(c.SendsSMS() || len(l.SMSCountries) == 0,
		anySMSSender, "must be set when SMS_COUNTRIES is set")
	l.checkStripeReturn(c)
}
