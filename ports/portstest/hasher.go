package portstest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/ports"
)

// Hasher is the contract of ports.Hasher. A password may contain any bytes. Each
// call of open must return an adapter that matches the hashes of the others.
func Hasher(t *testing.T, open func(t *testing.T) ports.Hasher) {
	newTest := func(t *testing.T) *hasherTest { return &hasherTest{T: t, Hasher: open(t), other: open(t)} }
	runSuite(t, newTest, []requirement[*hasherTest]{
		{"a hash matches only its own password", (*hasherTest).matches},
		{"the hashes of one password differ, because they are salted", (*hasherTest).salted},
		{"the empty hash matches no password", (*hasherTest).emptyHash},
		{"Match fails for a malformed hash, with an error that does not contain it", (*hasherTest).malformedHash},
		{"every method fails if the context is cancelled", (*hasherTest).cancelled},
		{"concurrent calls do not affect each other", (*hasherTest).concurrent},
		{"another instance, for example after a restart, matches the same hashes", (*hasherTest).otherInstance},
	})
}

// hasherTest is a test of a hasher. The other one is a second instance.
type hasherTest struct {
	*testing.T
	ports.Hasher
	other ports.Hasher
}

func (t *hasherTest) matches() {
	for _, password := range []string{"correct horse", "", strings.Repeat("ä", 128), "nul\x00nul", "\xff\xfe"} {
		hash := t.hash(password)
		if hash == "" || password != "" && strings.Contains(hash, password) {
			t.Errorf("Hash of %q returned %q, want a hash that does not contain the password", password, hash)
		}
		t.wantMatch(t.Hasher, hash, password, true)
		for _, wrong := range []string{password + " ", password + "\x00", "Correct horse", "nul"} {
			t.wantMatch(t.Hasher, hash, wrong, false)
		}
	}
}

func (t *hasherTest) salted() {
	hashes := map[string]bool{}
	for range 3 {
		hashes[t.hash("password")] = true
	}
	if len(hashes) != 3 {
		t.Errorf("hashing one password 3 times gave %d different hashes, want 3", len(hashes))
	}
}

func (t *hasherTest) emptyHash() {
	for _, password := range []string{"", "password", "\x00"} {
		t.wantMatch(t.Hasher, "", password, false)
	}
}

func (t *hasherTest) malformedHash() {
	hash := t.hash("password")
	for _, malformed := range []string{
		" ", "password", hash[1:], hash[:len(hash)-1], hash + "$", hash + "\n", " " + hash, hash + hash,
		"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", // bcrypt
		"$argon2id$", strings.Repeat("$", 5), strings.Repeat("$a", 1<<16),
	} {
		matches, err := t.Match(t.Context(), malformed, "password")
		if matches || err == nil {
			t.Errorf("Match of the malformed hash %.80q: %v, error %v; want an error", malformed, matches, err)
		} else if len(malformed) > 20 && strings.Contains(err.Error(), malformed) {
			t.Errorf("the error contains the hash: %v", err)
		}
	}
}

func (t *hasherTest) cancelled() {
	hash := t.hash("password")
	ctx := cancelledContext()
	if got, err := t.Hash(ctx, "password"); !errors.Is(err, context.Canceled) || got != "" {
		t.Errorf("Hash with a cancelled context returned %q and error %v, want context.Canceled", got, err)
	}
	for _, h := range []string{hash, ""} {
		if matches, err := t.Match(ctx, h, "password"); !errors.Is(err, context.Canceled) || matches {
			t.Errorf("Match with a cancelled context returned %v and error %v, want context.Canceled", matches, err)
		}
	}
}

func (t *hasherTest) concurrent() {
	errs := concurrently(4, func(i int) error {
		password := strings.Repeat("p", 8+i)
		hash, err := t.Hash(t.Context(), password)
		if err == nil {
			t.wantMatch(t.Hasher, hash, password, true)
			t.wantMatch(t.Hasher, hash, password+"p", false)
		}
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: 4})
}

func (t *hasherTest) otherInstance() {
	hash := t.hash("password")
	t.wantMatch(t.other, hash, "password", true)
	t.wantMatch(t.other, hash, "passw0rd", false)
}

func (t *hasherTest) hash(password string) string {
	t.Helper()
	hash, err := t.Hash(t.Context(), password)
	must(t, err)
	return hash
}

func (t *hasherTest) wantMatch(h ports.Hasher, hash, password string, want bool) {
	t.Helper()
	if got, err := h.Match(t.Context(), hash, password); got != want || err != nil {
		t.Errorf("Match of %q with the hash %q: %v, error %v; want %v", password, hash, got, err, want)
	}
}
