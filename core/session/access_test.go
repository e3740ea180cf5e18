package session_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

func TestAccessExpires(t *testing.T) {
	expires := time.Now()
	a := session.Access{Expires: expires}
	if !a.Alive(expires.Add(-1)) || a.Alive(expires) {
		t.Error("the token is not valid exactly until it expires")
	}
}

func TestRecentLogin(t *testing.T) {
	a := session.Access{LoggedIn: time.Now()}
	if err := a.CheckRecentLogin(a.LoggedIn.Add(session.RecentLogin - 1)); err != nil {
		t.Errorf("just within the time: %v, want no error", err)
	}
	if err := a.CheckRecentLogin(a.LoggedIn.Add(session.RecentLogin)); !errors.Is(err, session.ErrRecentLoginRequired) {
		t.Errorf("after the time: %v, want ErrRecentLoginRequired", err)
	}
}
