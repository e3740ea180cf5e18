// Package argon2id hashes passwords with Argon2id (RFC 9106).
package argon2id

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
)

// What new hashes cost: the OWASP Password Storage Cheat Sheet's first choice
// for servers with little memory, 19 MiB and two passes.
const (
	memory  = 19456 // KiB
	passes  = 2
	threads = 1
	saltLen = 16
	tagLen  = 32
)

// Hasher is a ports.Hasher. It is safe for use in parallel.
type Hasher struct {
	random io.Reader
	slots  chan struct{}
	dummy  digest
}

// New returns a hasher that takes salts from random, which must be safe for
// use in parallel, and works on at most so many hashes at a time: each takes 19 MiB.
func New(random io.Reader, parallel int) *Hasher {
	dummy := digest{memory, passes, threads, make([]byte, saltLen), make([]byte, tagLen)}
	return &Hasher{random, make(chan struct{}, max(1, parallel)), dummy}
}

// Hash returns the hash in PHC string format. It fails when random does, and
// when ctx is over before its turn has come.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	d := digest{memory, passes, threads, make([]byte, saltLen), make([]byte, tagLen)}
	if _, err := io.ReadFull(h.random, d.salt); err != nil {
		return "", fmt.Errorf("reading randomness for a salt: %w", err)
	}
	tag, err := h.derive(ctx, d, password)
	if err != nil {
		return "", err
	}
	d.tag = tag
	return d.String(), nil
}

// Match takes the cost from the hash. It fails with ErrFormat for what is no
// hash, and when ctx is over before its turn has come.
func (h *Hasher) Match(ctx context.Context, hash, password string) (bool, error) {
	d := h.dummy
	if hash != "" {
		var err error
		if d, err = decode(hash); err != nil {
			return false, err
		}
	}
	tag, err := h.derive(ctx, d, password)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(tag, d.tag) == 1 && hash != "", nil
}

func (h *Hasher) derive(ctx context.Context, d digest, password string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), d.salt, d.passes, d.memory, d.threads, uint32(len(d.tag))), nil
}
