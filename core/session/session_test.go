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

func TestAUseMovesNoTimeBack(t *testing.T) {
	now := time.Now()
	s := session.Session{LastUsed: now, Expires: now.Add(time.Hour)}
	if got := s.Used(now.Add(-time.Second), now.Add(time.Minute)); !got.LastUsed.Equal(now) ||
		!got.Expires.Equal(now.Add(time.Hour)) {
		t.Errorf("an earlier use gives %+v, want no change", got)
	}
	later := s.Used(now.Add(time.Second), now.Add(2*time.Hour))
	if !later.LastUsed.Equal(now.Add(time.Second)) || !later.Expires.Equal(now.Add(2*time.Hour)) {
		t.Errorf("a later use gives %+v, want both times moved", later)
	}
}
