package configs

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const postgresURLRule = "must be a postgres:// or postgresql:// URL"

// databaseURL returns DATABASE_URL, or "" if it is not set.
func (l *loader) databaseURL() string {
	l.check(l.DatabaseURL == "" || isPostgresURL(l.DatabaseURL), "DATABASE_URL", postgresURLRule)
	return l.DatabaseURL
}

func isPostgresURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql")
}

// redisURL returns REDIS_URL, or a URL made of REDIS_HOST, REDIS_PORT,
// REDIS_PASSWORD and REDIS_DB, or "" if neither is set.
func (l *loader) redisURL() string {
	address := l.RedisURL
	if address == "" && l.RedisHost != "" {
		address = l.redisURLOfParts()
	}
	l.check(address == "" || isRedisURL(address), "REDIS_URL", "must be a redis:// or rediss:// URL")
	return address
}

func (l *loader) redisURLOfParts() string {
	u := url.URL{
		Scheme: "redis",
		Host:   net.JoinHostPort(l.RedisHost, strconv.Itoa(l.RedisPort)),
		Path:   "/" + strconv.Itoa(l.RedisDB),
	}
	if l.RedisPassword != "" {
		u.User = url.UserPassword("", l.RedisPassword)
	}
	return u.String()
}

func isRedisURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "redis" || u.Scheme == "rediss")
}

// natsURL returns NATS_URL, or "" if it is not set.
func (l *loader) natsURL() string {
	l.check(l.NATSURL == "" || areNATSURLs(l.NATSURL),
		"NATS_URL", "must be a nats:// or tls:// URL, or several ones separated by commas")
	return l.NATSURL
}

func areNATSURLs(s string) bool {
	return !slices.ContainsFunc(strings.Split(s, ","), func(one string) bool { return !isNATSURL(one) })
}

func isNATSURL(s string) bool {
	u, err := url.Parse(strings.TrimSpace(s))
	return err == nil && u.Hostname() != "" && (u.Scheme == "nats" || u.Scheme == "tls")
}
