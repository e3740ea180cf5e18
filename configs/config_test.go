package configs

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
)

func TestNoVariableIsRequiredInDevelopment(t *testing.T) {
	want := Config{
		Env:               Development,
		HTTPAddr:          "127.0.0.1:8000",
		TokenAlgorithm:    "HS256",
		TokenTTL:          24 * time.Hour,
		SessionTTL:        30 * 24 * time.Hour,
		EchoPace:          40 * time.Millisecond,
		SystemPrompt:      "You are a helpful, concise assistant in a chat app.",
		HistoryTokens:     16_000,
		WorkerConcurrency: 256,
		UserConcurrency:   8,
		UserBacklog:       100,
		DailyRefunds:      10,
		DeviceCodes:       1000,
		CountryDailyCap:   5000,
		SMSGuard:          "record",
		UserRequests:      32,
		Plans:             plan.Defaults(),
	}
	if diff := cmp.Diff(want, environment{}.load(t)); diff != "" {
		t.Errorf("the configuration differs from the defaults (-want +got)\n%s", diff)
	}
}

var testPlans = plan.Plans{
	Basic: plan.Plan{
		Tier:  plan.Basic,
		Name:  "Parley Basic",
		Terms: plan.Terms{Limit: 3},
	},
	Pro: plan.Plan{
		Tier:     plan.Pro,
		Name:     "Parley Pro",
		Cents:    499,
		Currency: "eur",
		Terms:    plan.Terms{Limit: quota.Unlimited, HeadStart: time.Minute},
	},
	Grace: time.Hour,
}

func TestLoadReadsEveryVariable(t *testing.T) {
	want := Config{
		Env:            Development,
		HTTPAddr:       "localhost:9000",
		MetricsAddr:    "localhost:9090",
		FrontendURLs:   []*url.URL{{Scheme: "https", Host: "app.example"}, {Scheme: "capacitor", Host: "localhost"}},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},

		SecretKeys:     [][]byte{[]byte("current"), []byte("previous")},
		TokenAlgorithm: "HS512",
		TokenTTL:       5 * time.Minute,
		SessionTTL:     7 * 24 * time.Hour,

		LLMProviders: []LLMProvider{
			{Name: "gemini", APIKey: "g", Model: "gemini-x", BaseURL: "http://127.0.0.1:1"},
		},
		EchoLatency:       time.Second,
		SystemPrompt:      "Be brief.",
		HistoryTokens:     2000,
		WorkerConcurrency: 7,
		UserConcurrency:   3,
		UserBacklog:       20,
		DeviceCodes:       30,
		CountryDailyCap:   50,
		SMSGuard:          "enforce",
		UserRequests:      64,
		DailyTokens:       5_000_000_000,
		DailyRefunds:      4,
		MessageTTL:        90 * 24 * time.Hour,

		LimitsRequests: true,
		RateLimits:     "production",
		AllowsTestKeys: true,
		Plans:          testPlans,
		ShutdownDelay:  2 * time.Second,
		LogFormat:      "json",
	}
	got := environment{
		"APP_ENV":                     "development",
		"DEBUG":                       "False", // APP_ENV takes precedence
		"HTTP_ADDR":                   "localhost:9000",
		"PORT":                        "1", // HTTP_ADDR takes precedence
		"METRICS_ADDR":                "localhost:9090",
		"FRONTEND_URL":                "https://app.example/, capacitor://localhost",
		"TRUSTED_PROXIES":             "10.1.2.3/8, 2001:db8::/32",
		"SECRET_KEY":                  "current",
		"SECRET_KEY_PREVIOUS":         "previous",
		"ALGORITHM":                   "HS512",
		"ACCESS_TOKEN_EXPIRE_MINUTES": "5",
		"REFRESH_TOKEN_EXPIRE_DAYS":   "7",
		"GEMINI_API_KEY":              "g",
		"GEMINI_MODEL":                "gemini-x",
		"GOOGLE_GEMINI_BASE_URL":      "http://127.0.0.1:1",
		"ECHO_LATENCY":                "1s",
		"SYSTEM_PROMPT":               "Be brief.",
		"HISTORY_TOKENS":              "2000",
		"WORKER_CONCURRENCY":          "7",
		"USER_CONCURRENCY":            "3",
		"USER_BACKLOG":                "20",
		"DEVICE_CODES_PER_COUNTRY":    "30",
		"SMS_COUNTRY_DAILY_CAP":       "50",
		"SMS_GUARD":                   "enforce",
		"USER_REQUESTS":               "64",
		"LLM_DAILY_TOKENS":            "5000000000",
		"DAILY_REFUNDS":               "4",
		"MESSAGE_RETENTION_DAYS":      "90",
		"RATE_LIMITS":                 "production",
		"ALLOW_TEST_KEYS":             "true",
		"BASIC_DAILY_LIMIT":           "3",
		"PRO_PRICE_CENTS":             "499",
		"PRO_CURRENCY":                "eur",
		"PRO_HEAD_START":              "1m",
		"PAST_DUE_GRACE":              "1h",
		"SHUTDOWN_DELAY":              "2s",
		"LOG_FORMAT":                  "json",
	}.load(t)
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("the configuration differs from the variables (-want +got)\n%s", diff)
	}
}

func TestLoadReportsAllProblemsWithoutTheirValues(t *testing.T) {
	set := environment{"GOOGLE_GEMINI_BASE_URL": "ftp://canary", "TRUSTED_PROXIES": "10.0.0.0/8,canary"}
	for _, variable := range []string{
		"APP_ENV", "HTTP_ADDR", "METRICS_ADDR", "ALGORITHM", "FRONTEND_URL", "LOG_FORMAT", "PRO_CURRENCY",
		"ACCESS_TOKEN_EXPIRE_MINUTES", "REFRESH_TOKEN_EXPIRE_DAYS", "JWT_ED25519_KEY", "JWT_ED25519_KEY_PREVIOUS",
		"ECHO_LATENCY", "WORKER_CONCURRENCY", "USER_CONCURRENCY", "USER_BACKLOG", "DEVICE_CODES_PER_COUNTRY",
		"USER_REQUESTS", "SMS_COUNTRY_DAILY_CAP", "SMS_GUARD",
		"LLM_DAILY_TOKENS", "HISTORY_TOKENS", "BASIC_DAILY_LIMIT", "PRO_PRICE_CENTS", "PRO_HEAD_START",
		"PAST_DUE_GRACE", "RATE_LIMITS", "DAILY_REFUNDS", "MESSAGE_RETENTION_DAYS", "DEBUG", "ALLOW_TEST_KEYS",
	} {
		set[variable] = "canary"
	}
	want := append(slices.Collect(maps.Keys(set)), "SECRET_KEY")
	set["SECRET_KEY_PREVIOUS"] = "canary" // is a problem of SECRET_KEY, which is not set
	set.wantProblems(t, want...)
}

func TestRulesForSingleValues(t *testing.T) {
	for variable, values := range map[string]struct{ valid, invalid []string }{
		"METRICS_ADDR": {
			valid:   []string{":9090", "0.0.0.0:9090", "[::1]:0"},
			invalid: []string{"9090", "host", "host:http", "host:65536"},
		},
		"ALGORITHM": {
			valid:   []string{"HS256", "HS384", "HS512"},
			invalid: []string{"none", "RS256", "hs256"},
		},
		"ACCESS_TOKEN_EXPIRE_MINUTES": {
			valid:   []string{"1", "527040"},
			invalid: []string{"0", "-1", "527041", "1.5", "99999999999999999999"},
		},
		"REFRESH_TOKEN_EXPIRE_DAYS": {valid: []string{"1", "366"}, invalid: []string{"0", "-1", "367", "1.5"}},
		"TRUSTED_PROXIES": {
			valid:   []string{"10.0.0.0/8", "::1/128,127.0.0.1/32"},
			invalid: []string{"10.0.0.1", "::ffff:10.0.0.0/104", "10.0.0.0/33", "10.0.0.0/8,,", "proxy"},
		},
		"LLM_DAILY_TOKENS": {valid: []string{"0", "9223372036854775807"}, invalid: []string{"-1", "1e6"}},
		"DAILY_REFUNDS":    {valid: []string{"0", "1000000"}, invalid: []string{"-1", "1000001", "many"}},
		"MESSAGE_RETENTION_DAYS": {
			valid: []string{"0", "1", "36500"}, invalid: []string{"-1", "36501", "1.5"},
		},
		"WORKER_CONCURRENCY": {valid: []string{"1", "10000"}, invalid: []string{"0", "10001"}},
		"USER_REQUESTS":      {valid: []string{"0", "1", "1000000"}, invalid: []string{"-1", "1000001", "many"}},
		"USER_BACKLOG":       {valid: []string{"0", "1", "1000000"}, invalid: []string{"-1", "1000001", "many"}},
		"USER_CONCURRENCY":   {valid: []string{"0", "1", "10000"}, invalid: []string{"-1", "10001"}},
		"ECHO_LATENCY":       {valid: []string{"0s", "1h"}, invalid: []string{"-1ns", "3"}},
		"HISTORY_TOKENS":     {valid: []string{"1000"}, invalid: []string{"999"}},
		"BASIC_DAILY_LIMIT":  {valid: []string{"0", "100"}, invalid: []string{"-1"}},
		"PRO_PRICE_CENTS":    {valid: []string{"1", "99999999"}, invalid: []string{"0", "100000000"}},
		"REDIS_PORT":         {valid: []string{"1", "65535"}, invalid: []string{"0", "-1", "65536"}},
		"SYSTEM_PROMPT":      {valid: []string{"Be brief.", "Sei höflich."}, invalid: []string{"\xff"}},
		"PRO_CURRENCY":       {valid: []string{"eur"}, invalid: []string{"euro"}},
		"PRO_HEAD_START":     {valid: []string{"0s"}, invalid: []string{"-1s"}},
		"PAST_DUE_GRACE":     {valid: []string{"0s"}, invalid: []string{"-1s"}},
		"SHUTDOWN_DELAY":     {valid: []string{"0s", "5s"}, invalid: []string{"-1s", "5001ms"}},
		"RATE_LIMITS":        {valid: []string{"production"}, invalid: []string{"development", "off", "Production"}},
		"LOG_FORMAT":         {valid: []string{"text", "json"}, invalid: []string{"xml"}},

		"SMS_COUNTRY_DAILY_CAP": {valid: []string{"0", "1", "10000000"}, invalid: []string{"-1", "10000001", "many"}},
		"SMS_GUARD":             {valid: []string{"record", "enforce"}, invalid: []string{"off", "Enforce", "true"}},

		"DEVICE_CODES_PER_COUNTRY": {valid: []string{"1", "1000000"}, invalid: []string{"0", "1000001", "many"}},
	} {
		for _, value := range values.valid {
			environment{variable: value}.wantProblems(t)
		}
		for _, value := range values.invalid {
			environment{variable: value}.wantProblems(t, variable)
		}
	}
}

func TestAppEnv(t *testing.T) {
	for _, c := range []struct{ appEnv, debug, want string }{
		{"", "", Development},
		{"", "True", Development},
		{"", "1", Development},
		{"", "0", Production},
		{"", "no", Production},
		{"", "False", Production},
		{"", "false", Production},
		{"", "FALSE", Production},
		{"development", "False", Development},
		{"production", "True", Production},
		{"production", "", Production},
	} {
		got, err := Load(environment{"APP_ENV": c.appEnv, "DEBUG": c.debug}.get)
		if got.Env != c.want {
			t.Errorf("with APP_ENV=%q DEBUG=%q, Env = %s, want %s", c.appEnv, c.debug, got.Env, c.want)
		}
		if failed := err != nil; failed != (c.want == Production) {
			t.Errorf("with APP_ENV=%q DEBUG=%q, Load returned %v; only production needs more variables",
				c.appEnv, c.debug, err)
		}
	}
	for _, other := range []string{"Production", "prod", "staging", " production"} {
		environment{"APP_ENV": other}.wantProblems(t, "APP_ENV")
	}
}

func TestLogsJSON(t *testing.T) {
	for _, c := range []struct {
		appEnv, format string
		want           bool
	}{
		{Development, "", false},
		{Development, "json", true},
		{Production, "", true},
		{Production, "text", false},
		{Production, "json", true},
	} {
		got, _ := Load(environment{"APP_ENV": c.appEnv, "LOG_FORMAT": c.format}.get) // production needs more variables
		if got.LogsJSON() != c.want {
			t.Errorf("with LOG_FORMAT=%q in %s, LogsJSON() = %v, want %v", c.format, c.appEnv, got.LogsJSON(), c.want)
		}
	}
}
