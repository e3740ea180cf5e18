// Package argon2id hashes passwords with Argon2id (RFC 9106).
package argon2id

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
)

// The cost of new hashes: 19 MiB and two passes. The OWASP Password Storage
// Cheat Sheet lists these parameters first for servers with little memory.
const (
	memory  = 19456 // KiB
	passes  = 2
	threads = 1
	saltLen = 16 // bytes
	tagLen  = 32 // bytes
)

// Hasher implements ports.Hasher. It is safe for concurrent use.
type Hasher struct {
	random    io.Reader
	semaphore chan struct{} // one element for each hash in progress
	dummy     digest        // Match computes it when the hash is empty
}

// New returns a Hasher that reads salts from random, which must be safe for
// concurrent use. At most maxConcurrent hashes are computed at the same time (at
// least one), because each takes 19 MiB of memory.
func New(random io.Reader, maxConcurrent int) *Hasher {
	return &Hasher{
		random:    random,
		semaphore: make(chan struct{}, max(1, maxConcurrent)),
		dummy:     newDigest(),
	}
}

// newDigest returns a digest of the current cost with an empty salt and tag.
func newDigest() digest {
	return digest{
		memory:  memory,
		passes:  passes,
		threads: threads,
		salt:    make([]byte, saltLen),
		tag:     make([]byte, tagLen),
	}
}

// Hash implements ports.Hasher. It returns the hash in PHC string format. It fails with the
// error of random, or with ctx's error when ctx ends while Hash waits for the semaphore.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	d := newDigest()
	if _, err := io.ReadFull(h.random, d.salt); err != nil {
		return "", fmt.Errorf("reading a random salt: %w", err)
	}
	tag, err := h.derive(ctx, d, password)
	if err != nil {
		return "", err
	}
	d.tag = tag
	return d.String(), nil
}

// Match implements ports.Hasher. It uses the cost that hash contains. If hash is empty, it
// computes a dummy hash and returns false, so that the time does not tell an attacker
// whether the user exists. It fails with ErrFormat for any other string that is not a
// hash, and with ctx's error when ctx ends while Match waits for the semaphore.
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

// derive computes the tag of password with d's cost and salt.
func (h *Hasher) derive(ctx context.Context, d digest, password string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case h.semaphore <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.semaphore }()
	return argon2.IDKey([]byte(password), d.salt, d.passes, d.memory, d.threads, uint32(len(d.tag))), nil
}
