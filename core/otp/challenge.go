package otp

import (
	"crypto/hmac"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/phone"
)

// Challenge is a code that was asked for. The code itself is not in it.
type Challenge struct {
	Purpose  Purpose
	Number   phone.Number
	Nonce    [16]byte
	MAC      MAC
	Expires  time.Time
	Attempts int
	Used     bool
}

// NewChallenge makes a fresh one, valid for Life. It fails only when random does.
func NewChallenge(k Key, p Purpose, n phone.Number, now time.Time, random io.Reader) (Challenge, error) {
	c := Challenge{Purpose: p, Number: n, Expires: now.Add(Life)}
	if _, err := io.ReadFull(random, c.Nonce[:]); err != nil {
		return Challenge{}, fmt.Errorf("reading randomness for a code: %w", err)
	}
	c.MAC = k.MAC(p, n, k.Code(p, n, c.Nonce))
	return c, nil
}

// Lives says whether asking again gives this challenge again: until it is used
// or expires. One that was guessed at too often lives on, dead, so that asking wins no new guesses.
func (c *Challenge) Lives(now time.Time) bool { return !c.Used && now.Before(c.Expires) }

// Dead says that no code opens it any more although it lives: nothing is sent for it.
func (c *Challenge) Dead() bool { return c.Attempts >= MaxAttempts }

// Try spends an attempt even when it fails with ErrBadCode; a code opens once, by any of its MACs.
func (c *Challenge) Try(macs MACs, now time.Time) error {
	if !c.Lives(now) || c.Dead() {
		return ErrBadCode
	}
	c.Attempts++
	if !slices.ContainsFunc(macs, func(mac MAC) bool { return hmac.Equal(c.MAC[:], mac[:]) }) {
		return ErrBadCode
	}
	c.Used = true
	return nil
}
