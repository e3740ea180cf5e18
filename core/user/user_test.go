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
		want := n >= 8 && n <= 128 && !strings.ContainsRune(s, 0)
		if err := user.CheckPassword(s); (err == nil) != want || err != nil && !errors.Is(err, user.ErrPassword) {
			t.Fatalf("%d code points: %v", n, err)
		}
	})
}

func TestEntitlementAndProof(t *testing.T) {
	now := time.Now()
	u := user.User{ProUntil: now}
	if u.IsPro(now) || !u.IsPro(now.Add(-1)) || u.IsProven() {
		t.Error("the entitlement ends at its instant, and nobody is proven at birth")
	}
	if u.Proven = now; !u.IsProven() {
		t.Error("proven")
	}
}
