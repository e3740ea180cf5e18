package fake

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
)

// Hasher implements ports.Hasher for simulations with thousands of logins. It must NOT
// be used in production: its hashes are fast to compute, so passwords are fast to guess,
// and its salts are predictable. The zero Hasher is ready to use.
type Hasher struct{ salts atomic.Uint64 }

var errHash = errors.New("not a hash of the fake hasher")

// Hash implements ports.Hasher. It returns "fake$<salt>$<HMAC-SHA256 in
// hexadecimal>" and fails only if ctx has ended.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return encode(strconv.FormatUint(h.salts.Add(1), 10), password), nil
}

// Match implements ports.Hasher. It fails for a hash that Hash did not return.
func (h *Hasher) Match(ctx context.Context, hash, password string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if hash == "" {
		return false, nil
	}
	parts := strings.Split(hash, "$")
	if len(parts) != 3 || len(hash) != len(encode(parts[1], "")) || parts[0] != "fake" {
		return false, errHash
	}
	return hmac.Equal([]byte(hash), []byte(encode(parts[1], password))), nil
}

// encode returns the hash of the password with this salt.
func encode(salt, password string) string {
	mac := hmac.New(sha256.New, []byte(salt))
	mac.Write([]byte(password))
	return "fake$" + salt + "$" + hex.EncodeToString(mac.Sum(nil))
}
