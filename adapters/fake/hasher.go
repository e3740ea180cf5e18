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

// Hasher is a ports.Hasher for simulations, where thousands log in at once.
// It is NOT for production: its hashes are as fast to guess at as to make, and
// its salts are counted. The zero Hasher is ready.
type Hasher struct{ salts atomic.Uint64 }

var errHash = errors.New("not a hash of the fake hasher")

// Hash returns "fake$salt$HMAC-SHA256 in hexadecimal". It fails only when ctx is over.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return hash(strconv.FormatUint(h.salts.Add(1), 10), password), nil
}

// Match fails for what Hash did not make.
func (h *Hasher) Match(ctx context.Context, known, password string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if known == "" {
		return false, nil
	}
	parts := strings.Split(known, "$")
	if len(parts) != 3 || len(known) != len(hash(parts[1], "")) || parts[0] != "fake" {
		return false, errHash
	}
	return hmac.Equal([]byte(known), []byte(hash(parts[1], password))), nil
}

func hash(salt, password string) string {
	mac := hmac.New(sha256.New, []byte(salt))
	mac.Write([]byte(password))
	return "fake$" + salt + "$" + hex.EncodeToString(mac.Sum(nil))
}
