package configs

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// environ is an environment of these variables, name, value, name, value.
func environ(variables ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(variables); i += 2 {
			if variables[i] == name {
				return variables[i+1]
			}
		}
		return ""
	}
}

// load fails the test when the variables have problems.
func load(t *testing.T, variables ...string) Config {
	t.Helper()
	c, err := Load(environ(variables...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// problems are the lines of the error, in order of their variables.
func problems(variables ...string) []string {
	_, err := Load(environ(variables...))
	if err == nil {
		return nil
	}
	lines := strings.Split(err.Error(), "\n")
	slices.Sort(lines)
	return lines
}

// named are the variables that the problems name, each once.
func named(variables ...string) []string {
	var names []string
	for _, line := range problems(variables...) {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	return slices.Compact(names)
}

func TestNothingIsEnoughForDevelopment(t *testing.T) {
	want := Config{
		Env: Development, Addr: "127.0.0.1:8000", Algorithm: "HS256", TokenLife: 24 * time.Hour,
		EchoLatency: 300 * time.Millisecond, Concurrency: 256, UserConcurrency: 8,
		SystemText: "You are a helpful, concise assistant in a chat app.", HistoryTokens: 16_000,
		Plans: subscription.Plans{
			Basic: subscription.Plan{Tier: subscription.Basic, Name: "Parley Basic", Terms: chat.Terms{Limit: 5}},
			Pro: subscription.Plan{Tier: subscription.Pro, Name: "Parley Pro", Cents: 999, Currency: "usd",
				Terms: chat.Terms{Limit: quota.Unlimited, HeadStart: 30 * time.Second}},
			Grace: 7 * 24 * time.Hour,
		},
	}
	if diff := cmp.Diff(want, load(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEveryVariableIsRead(t *testing.T) {
	want := Config{
		Env: Development, Addr: "localhost:9000", MetricsAddr: "localhost:9090", SecretKeys: [][]byte{[]byte("current"), []byte("previous")}, Algorithm: "HS512", TokenLife: 5 * time.Minute,
		FrontendURL: "https://app.example", TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
		Models: []Model{{"gemini", "key", "gemini-x", "http://127.0.0.1:1"}}, EchoLatency: time.Second, Concurrency: 7, UserConcurrency: 3, DailyTokens: 5_000_000_000,
		SystemText: "Be brief.", HistoryTokens: 2000, LogFormat: "json",
		Plans: subscription.Plans{
			Basic: subscription.Plan{Tier: subscription.Basic, Name: "Parley Basic", Terms: chat.Terms{Limit: 3}},
			Pro: subscription.Plan{Tier: subscription.Pro, Name: "Parley Pro", Cents: 499, Currency: "eur",
				Terms: chat.Terms{Limit: quota.Unlimited, HeadStart: time.Minute}},
			Grace: time.Hour,
		},
	}
	got := load(t, "APP_ENV", "development", "DEBUG", "False", "HTTP_ADDR", "localhost:9000", "PORT", "1", "METRICS_ADDR", "localhost:9090", "SECRET_KEY", "current", "SECRET_KEY_PREVIOUS", "previous",
		"ALGORITHM", "HS512", "ACCESS_TOKEN_EXPIRE_MINUTES", "5", "FRONTEND_URL", "https://app.example/", "TRUSTED_PROXIES", "10.1.2.3/8, 2001:db8::/32",
		"GEMINI_API_KEY", "key", "GEMINI_MODEL", "gemini-x", "GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1", "ECHO_LATENCY", "1s", "WORKER_CONCURRENCY", "7", "USER_CONCURRENCY", "3", "LLM_DAILY_TOKENS", "5000000000",
		"SYSTEM_PROMPT", "Be brief.", "HISTORY_TOKENS", "2000", "BASIC_DAILY_LIMIT", "3", "PRO_PRICE_CENTS", "499", "PRO_CURRENCY", "eur", "PRO_HEAD_START", "1m",
		"PAST_DUE_GRACE", "1h", "LOG_FORMAT", "json")
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Every problem is told at once, by its variable, and no value is.
func TestProblemsAreToldAllAtOnceAndWithoutValues(t *testing.T) {
	set := []string{"APP_ENV", "canary", "HTTP_ADDR", "canary", "METRICS_ADDR", "canary", "ALGORITHM", "canary", "SECRET_KEY_PREVIOUS", "canary", "FRONTEND_URL", "canary", "GOOGLE_GEMINI_BASE_URL", "ftp://canary",
		"TRUSTED_PROXIES", "10.0.0.0/8,canary", "LOG_FORMAT", "canary", "PRO_CURRENCY", "canary",
		"ACCESS_TOKEN_EXPIRE_MINUTES", "canary", "ECHO_LATENCY", "canary", "WORKER_CONCURRENCY", "canary", "USER_CONCURRENCY", "canary", "LLM_DAILY_TOKENS", "canary", "HISTORY_TOKENS", "canary", "BASIC_DAILY_LIMIT", "canary",
		"PRO_PRICE_CENTS", "canary", "PRO_HEAD_START", "canary", "PAST_DUE_GRACE", "canary"}
	var want []string
	for i := 0; i < len(set); i += 2 {
		want = append(want, set[i])
	}
	want[slices.Index(want, "SECRET_KEY_PREVIOUS")] = "SECRET_KEY"
	slices.Sort(want)
	if diff := cmp.Diff(want, named(set...)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, line := range problems(set...) {
		if strings.Contains(line, "canary") {
			t.Errorf("%q tells the value", line)
		}
	}
}

func TestBounds(t *testing.T) {
	for name, values := range map[string]struct{ in, out []string }{
		"METRICS_ADDR":                {[]string{":9090", "0.0.0.0:9090", "[::1]:0"}, []string{"9090", "host", "host:http", "host:65536"}},
		"ALGORITHM":                   {[]string{"HS256", "HS384", "HS512"}, []string{"none", "RS256", "hs256"}},
		"ACCESS_TOKEN_EXPIRE_MINUTES": {[]string{"1", "527040"}, []string{"0", "-1", "527041", "1.5", "99999999999999999999"}},
		"WORKER_CONCURRENCY":          {[]string{"1", "10000"}, []string{"0", "10001"}},
		"USER_CONCURRENCY":            {[]string{"0", "1", "10000"}, []string{"-1", "10001"}},
		"LLM_DAILY_TOKENS":            {[]string{"0", "9223372036854775807"}, []string{"-1", "1e6"}},
		"ECHO_LATENCY":                {[]string{"0s", "1h"}, []string{"-1ns", "3"}},
		"HISTORY_TOKENS":              {[]string{"1000"}, []string{"999"}},
		"BASIC_DAILY_LIMIT":           {[]string{"0", "100"}, []string{"-1"}},
		"PRO_PRICE_CENTS":             {[]string{"1"}, []string{"0"}},
		"PRO_CURRENCY":                {[]string{"eur"}, []string{"euro"}},
		"PRO_HEAD_START":              {[]string{"0s"}, []string{"-1s"}},
		"PAST_DUE_GRACE":              {[]string{"0s"}, []string{"-1s"}},
		"LOG_FORMAT":                  {[]string{"text", "json"}, []string{"xml"}},
		"FRONTEND_URL":                {[]string{"https://a.example", "http://localhost:3000/"}, []string{"a.example", "//a.example", "javascript:alert(1)", "https://", "http://%zz"}},
		"TRUSTED_PROXIES":             {[]string{"10.0.0.0/8", "::1/128,127.0.0.1/32"}, []string{"10.0.0.1", "10.0.0.0/33", "10.0.0.0/8,,", "proxy"}},
	} {
		for _, in := range values.in {
			if got := problems(name, in); got != nil {
				t.Errorf("%s=%s: %v", name, in, got)
			}
		}
		for _, out := range values.out {
			if got := named(name, out); !slices.Equal(got, []string{name}) {
				t.Errorf("%s=%s: problems with %v", name, out, got)
			}
		}
	}
}

func TestTheOriginOfTheFrontend(t *testing.T) {
	for frontend, origin := range map[string]string{
		"": "", "https://app.example": "https://app.example", "https://app.example/": "https://app.example", "https://app.example/chat/app?x#y": "https://app.example",
		"HTTPS://App.Example:8443/chat": "https://app.example:8443", "http://user:password@app.example": "http://app.example",
	} {
		if got := load(t, "FRONTEND_URL", frontend).Origin(); got != origin {
			t.Errorf("of %q it is %q, want %q", frontend, got, origin)
		}
	}
}
