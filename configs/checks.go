package configs

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// addr is where to listen: loopback unless told otherwise. Anything else needs
// APP_ENV, so that codes are never shown to the world by accident.
func (v variables) addr() (string, error) {
	addr, malformed := v.HTTPAddr, "HTTP_ADDR: must be host:port"
	if addr == "" && v.Port != "" {
		addr, malformed = ":"+v.Port, "PORT: must be a port's number"
	}
	if addr == "" {
		addr = "127.0.0.1:8000"
	}
	if !isAddr(addr) {
		return addr, errors.New(malformed)
	}
	host, _, _ := net.SplitHostPort(addr)
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) && v.AppEnv == "" {
		return addr, errors.New("APP_ENV: must be set explicitly to listen on an address that is not loopback (HTTP_ADDR or PORT)")
	}
	return addr, nil
}

// isAddr says whether s is host:port, with a port's number.
func isAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	_, notNumber := strconv.ParseUint(port, 10, 16)
	return err == nil && notNumber == nil
}

func prefixes(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(strings.TrimSpace(s))
		if err != nil {
			return nil, errors.New("TRUSTED_PROXIES: must be CIDRs, separated by commas")
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func (v variables) ranges() error {
	var problems []error
	check := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, errors.New(problem))
		}
	}
	check(slices.Contains([]string{"", Development, Production}, v.AppEnv), "APP_ENV: must be development or production")
	check(v.FrontendURL == "" || isHTTP(v.FrontendURL), "FRONTEND_URL: must be an http or https URL")
	check(v.SecretKey != "" || v.SecretKeyPrevious == "", "SECRET_KEY: must be set where SECRET_KEY_PREVIOUS is")
	check(v.MetricsAddr == "" || isAddr(v.MetricsAddr), "METRICS_ADDR: must be host:port")
	check(slices.Contains([]string{"HS256", "HS384", "HS512"}, v.Algorithm), "ALGORITHM: must be HS256, HS384 or HS512")
	check(v.TokenMinutes >= 1 && v.TokenMinutes <= 60*24*366, "ACCESS_TOKEN_EXPIRE_MINUTES: must be from 1 to 527040")
	check(v.Concurrency >= 1 && v.Concurrency <= 10_000, "WORKER_CONCURRENCY: must be from 1 to 10000")
	check(v.UserConcurrency >= 0 && v.UserConcurrency <= 10_000, "USER_CONCURRENCY: must be from 0 to 10000")
	check(v.DailyTokens >= 0, "LLM_DAILY_TOKENS: must not be negative")
	check(v.EchoLatency >= 0, "ECHO_LATENCY: must not be negative")
	check(v.HistoryTokens >= 1000, "HISTORY_TOKENS: must be at least 1000")
	check(v.BasicLimit >= 0, "BASIC_DAILY_LIMIT: must not be negative")
	check(v.ProCents >= 1, "PRO_PRICE_CENTS: must be at least 1")
	check(len(v.ProCurrency) == 3, "PRO_CURRENCY: must be an ISO 4217 code")
	check(v.ProHeadStart >= 0, "PRO_HEAD_START: must not be negative")
	check(v.ShutdownDelay >= 0 && v.ShutdownDelay <= 5*time.Second, "SHUTDOWN_DELAY: must be from 0s to 5s")
	check(v.Grace >= 0, "PAST_DUE_GRACE: must not be negative")
	check(slices.Contains([]string{"", "text", "json"}, v.LogFormat), "LOG_FORMAT: must be text or json")
	return errors.Join(problems...)
}

// database checks the database's URL, where there is one.
func (v variables) database() error {
	if u, err := url.Parse(v.DatabaseURL); v.DatabaseURL != "" && (err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return errors.New("DATABASE_URL: must be a postgres:// or postgresql:// URL")
	}
	return nil
}

// stack checks the rungs of the ladder: nothing, a database, a database and Redis.
func (v variables) stack() error {
	var problems []error
	problems = appendError(problems, v.database())
	redis := v.redis()
	if u, err := url.Parse(redis); redis != "" && (err != nil || u.Host == "" || u.Scheme != "redis" && u.Scheme != "rediss") {
		problems = append(problems, errors.New("REDIS_URL: must be a redis:// or rediss:// URL"))
	}
	if redis != "" && v.DatabaseURL == "" {
		problems = append(problems, errors.New("DATABASE_URL: must be set where Redis is; Redis carries wake-ups, the database is the record"))
	}
	if v.RedisHost == "" && (v.RedisPassword != "" || v.RedisDB != 0) {
		problems = append(problems, errors.New("REDIS_HOST: must be set where REDIS_PASSWORD or REDIS_DB is"))
	}
	return errors.Join(problems...)
}
