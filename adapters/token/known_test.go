package token

import (
	"strconv"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

func TestKnownTokens(t *testing.T) {
	var k known
	now := time.Now()
	s := session.Session{ID: "a", User: "b", Opened: now, Expires: now.Add(time.Hour)}
	k.keep("token", s, now)
	for what, c := range map[string]struct {
		token string
		at    time.Time
		want  bool
	}{
		"at once":                  {"token", now, true},
		"to its end":               {"token", s.Expires.Add(-1), true},
		"at its end":               {"token", s.Expires, false},
		"before it was verified":   {"token", now.Add(-1), false},
		"another":                  {"Token", now, false},
		"one with a tail":          {"token ", now, false},
		"what begins as it does":   {"toke", now, false},
		"none":                     {"", now, false},
		"one that was never there": {"x", now, false},
	} {
		if got, ok := k.look(c.token, c.at); ok != c.want || ok && got != s {
			t.Errorf("%s: %+v, %t", what, got, ok)
		}
	}
	for n := range 2 * mostKnown {
		k.keep(strconv.Itoa(n), s, now)
	}
	if len(k.all) > mostKnown {
		t.Errorf("%d are remembered", len(k.all))
	}
}
