package token

import (
	"strconv"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

func TestCache(t *testing.T) {
	var tokens cache
	now := time.Now()
	s := session.Access{Session: "a", User: "b", Issued: now, Expires: now.Add(time.Hour)}
	tokens.put("token", s, now)
	for name, c := range map[string]struct {
		token string
		at    time.Time
		hit   bool
	}{
		"immediately":              {"token", now, true},
		"just before it expires":   {"token", s.Expires.Add(-1), true},
		"when it expires":          {"token", s.Expires, false},
		"before it was verified":   {"token", now.Add(-1), false},
		"another case":             {"Token", now, false},
		"with a suffix":            {"token ", now, false},
		"a prefix of it":           {"toke", now, false},
		"the empty token":          {"", now, false},
		"a token that was not put": {"x", now, false},
	} {
		if got, ok := tokens.get(c.token, c.at); ok != c.hit || ok && got != s {
			t.Errorf("%s: get = %+v, %t, want a hit: %t", name, got, ok, c.hit)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	var tokens cache
	for n := range 2 * maxCached {
		tokens.put(strconv.Itoa(n), session.Access{}, time.Now())
	}
	if len(tokens.entries) > maxCached {
		t.Errorf("the cache holds %d tokens, want at most %d", len(tokens.entries), maxCached)
	}
}
