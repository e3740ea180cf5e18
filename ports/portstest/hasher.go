package portstest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/ports"
)

// Hasher is the contract of a ports.Hasher. Passwords are any bytes.
func Hasher(t *testing.T, open func(t *testing.T) ports.Hasher) {
	h := open(t)
	t.Run("a password matches its hash alone", func(t *testing.T) { hashMatches(t, h) })
	t.Run("hashes of one password differ", func(t *testing.T) { hashSalted(t, h) })
	t.Run("no hash matches nothing", func(t *testing.T) { hashNone(t, h) })
	t.Run("a foreign hash is an error", func(t *testing.T) { hashForeign(t, h) })
	t.Run("a call whose time is over fails", func(t *testing.T) { hashCancelled(t, h) })
	t.Run("many at a time", func(t *testing.T) { hashParallel(t, h) })
	t.Run("another hasher matches too", func(t *testing.T) { hashKept(t, h, open(t)) })
}

func hashMatches(t *testing.T, h ports.Hasher) {
	for _, password := range []string{"correct horse", "", strings.Repeat("ä", 128), "nul\x00nul", "\xff\xfe"} {
		hash := hashOf(t, h, password)
		if hash == "" || password != "" && strings.Contains(hash, password) {
			t.Errorf("%q became %q", password, hash)
		}
		hashExpect(t, h, hash, password, true)
		for _, wrong := range []string{password + " ", password + "\x00", "Correct horse", "nul"} {
			hashExpect(t, h, hash, wrong, false)
		}
	}
}

func hashSalted(t *testing.T, h ports.Hasher) {
	seen := map[string]bool{}
	for range 3 {
		seen[hashOf(t, h, "password")] = true
	}
	if len(seen) != 3 {
		t.Errorf("3 hashes of one password, %d of them different", len(seen))
	}
}

func hashNone(t *testing.T, h ports.Hasher) {
	for _, password := range []string{"", "password", "\x00"} {
		hashExpect(t, h, "", password, false)
	}
}

func hashForeign(t *testing.T, h ports.Hasher) {
	hash := hashOf(t, h, "password")
	for _, foreign := range []string{" ", "password", hash[1:], hash[:len(hash)-1], hash + "$", hash + "\n", " " + hash, hash + hash,
		"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$argon2id$", strings.Repeat("$", 5), strings.Repeat("$a", 1<<16)} {
		ok, err := h.Match(t.Context(), foreign, "password")
		if ok || err == nil {
			t.Errorf("%.80q: %v, %v", foreign, ok, err)
		} else if len(foreign) > 20 && strings.Contains(err.Error(), foreign) {
			t.Errorf("the error shows the hash: %v", err)
		}
	}
}

func hashCancelled(t *testing.T, h ports.Hasher) {
	hash := hashOf(t, h, "password")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := h.Hash(ctx, "password"); !errors.Is(err, context.Canceled) || got != "" {
		t.Errorf("Hash gave %q, %v", got, err)
	}
	for _, against := range []string{hash, ""} {
		if ok, err := h.Match(ctx, against, "password"); !errors.Is(err, context.Canceled) || ok {
			t.Errorf("Match gave %v, %v", ok, err)
		}
	}
}

func hashParallel(t *testing.T, h ports.Hasher) {
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			mine := strings.Repeat("p", 8+i)
			hash, err := h.Hash(t.Context(), mine)
			if err != nil {
				t.Error(err)
				return
			}
			hashExpect(t, h, hash, mine, true)
			hashExpect(t, h, hash, mine+"p", false)
		})
	}
	all.Wait()
}

func hashKept(t *testing.T, h, later ports.Hasher) {
	hash := hashOf(t, h, "password")
	hashExpect(t, later, hash, "password", true)
	hashExpect(t, later, hash, "passw0rd", false)
}

func hashOf(t *testing.T, h ports.Hasher, password string) string {
	t.Helper()
	hash, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func hashExpect(t *testing.T, h ports.Hasher, hash, password string, want bool) {
	t.Helper()
	if got, err := h.Match(t.Context(), hash, password); got != want || err != nil {
		t.Errorf("%q matches %q: %v, %v", password, hash, got, err)
	}
}
