package user_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/user"
)

func TestCheckPassword(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(0, 140, -1).Draw(t, "password")
		n := utf8.RuneCountInString(s)
		valid := n >= 8 && n <= 128 && !strings.ContainsRune(s, 0)
		var want error
		if !valid {
			want = user.ErrInvalidPassword
		}
		if err := user.CheckPassword(s); !errors.Is(err, want) {
			t.Fatalf("CheckPassword with %d code points: error %v, want %v", n, err, want)
		}
	})
}

func TestIsPro(t *testing.T) {
	end := time.Now()
	u := user.User{ProUntil: end}
	if !u.IsPro(end.Add(-1)) {
		t.Error("the user is not Pro just before the entitlement ends, want Pro")
	}
	if u.IsPro(end) {
		t.Error("the user is Pro when the entitlement has ended, want Basic")
	}
}
