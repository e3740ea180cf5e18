package otp

import (
	"crypto/hmac"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
)

// Limits of a code.
const (
	CodeTTL     = 10 * time.Minute // the maximum of NIST SP 800-63B, 5.1.3.2
	MaxAttempts = 5                // compared codes per challenge
	ResendAfter = time.Minute      // minimum time between two codes for a slot in production
	DeadCodeTTL = time.Hour        // how long a challenge without attempts is kept after it has expired
)

// Slot identifies a challenge. A number has at most one for each purpose that all strangers
// share, one for each purpose and known device, and one for each user who wants to change to
// the number. So the code of one user does not work for another user.
type Slot struct {
	Purpose Purpose
	Number  phone.Number
	Device  session.DeviceID // the known device that requested the code, "" for a stranger
	User    id.ID            // who requested the code, only with the purpose NumberChange
}

// Challenge is a requested code. It contains the MAC of the code, not the code itself.
type Challenge struct {
	Slot
	Nonce    [16]byte // random; Key.Code derives the code from it
	MAC      MAC
	Expires  time.Time
	Attempts int  // codes that were compared
	Used     bool // whether the right code was entered
}

// NewChallenge returns a new challenge that is valid for CodeTTL. It fails only when random fails.
func NewChallenge(k Key, s Slot, now time.Time, random io.Reader) (Challenge, error) {
	c := Challenge{Slot: s, Expires: now.Add(CodeTTL)}
	if _, err := io.ReadFull(random, c.Nonce[:]); err != nil {
		return Challenge{}, fmt.Errorf("reading randomness for a code: %w", err)
	}
	c.MAC = k.MAC(s.Purpose, s.Number, k.Code(s.Purpose, s.Number, c.Nonce))
	return c, nil
}

// Issued returns when the challenge was made.
func (c *Challenge) Issued() time.Time { return c.Expires.Add(-CodeTTL) }

// Active reports whether the challenge is neither used nor expired. While it is active,
// a new request for a code returns the same challenge. An exhausted challenge stays
// active, so that a new request does not allow new guesses.
func (c *Challenge) Active(now time.Time) bool { return !c.Used && now.Before(c.Expires) }

// Exhausted reports whether MaxAttempts codes were compared. After that, no code opens
// the challenge, and none is sent.
func (c *Challenge) Exhausted() bool { return c.Attempts >= MaxAttempts }

// Dead reports whether wrong codes have used up all attempts.
func (c *Challenge) Dead() bool { return !c.Used && c.Exhausted() }

// Disposable reports whether nothing needs the challenge any more at now. A dead challenge
// is kept for DeadCodeTTL, because the next code may then come from the reserve of the budgets.
func (c *Challenge) Disposable(now time.Time) bool {
	if c.Dead() {
		return !now.Before(c.Expires.Add(DeadCodeTTL))
	}
	return !c.Active(now)
}

// Try counts an attempt and compares a code, given by its MACs, with the challenge. On
// success it marks the challenge as used. It fails with ErrBadCode when the code is
// wrong. When the challenge is exhausted or not active, it fails with ErrBadCode without
// counting an attempt.
func (c *Challenge) Try(macs MACs, now time.Time) error {
	if !c.Active(now) || c.Exhausted() {
		return ErrBadCode
	}
	c.Attempts++
	if !slices.ContainsFunc(macs, func(mac MAC) bool { return hmac.Equal(c.MAC[:], mac[:]) }) {
		return ErrBadCode
	}
	c.Used = true
	return nil
}
