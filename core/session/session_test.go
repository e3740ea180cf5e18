package session_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

func TestAlive(t *testing.T) {
	now := time.Now()
	s := session.Session{Expires: now}
	if s.Alive(now) || !s.Alive(now.Add(-time.Microsecond)) {
		t.Error("a session is over at the instant it expires")
	}
}
