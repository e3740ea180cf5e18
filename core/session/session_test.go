package session_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

func TestAlive(t *testing.T) {
	expires := time.Now()
	s := session.Session{Expires: expires}
	if !s.Alive(expires.Add(-time.Microsecond)) {
		t.Error("the session is not alive just before it expires, want alive")
	}
	if s.Alive(expires) {
		t.Error("the session is alive when it expires, want it to have ended")
	}
}
