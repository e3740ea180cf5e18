// Package otp holds the rules of one-time codes: how they are made from a key
// without being stored, how often they may be tried, and how guessing slows down.
package otp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

const (
	Life        = 10 * time.Minute // NIST SP 800-63B, 5.1.3.2
	MaxAttempts = 5
	ResendAfter = time.Minute
)

// Purpose binds a code to the one thing it may open.
type Purpose string

const (
	Login Purpose = "login"
	Reset Purpose = "reset"
)

var (
	// ErrBadCode refuses a code, whatever is wrong with it.
	ErrBadCode = fault.New(fault.Refused, "invalid_otp", "Invalid or expired OTP")
	// ErrShape refuses what does not look like a code.
	ErrShape = fault.Breaks("otp", "must be 6 digits")
)

// MAC is a keyed digest of a code; without the key it says nothing of the six digits.
type MAC [sha256.Size]byte

// MACs are of one code, under several keys.
type MACs []MAC

// Key derives codes and their MACs. It must not be used for anything else.
type Key []byte

// NewKey derives the key of this package from the server's secret.
func NewKey(secret []byte) Key { return Key(sum(secret, "parley otp v1")) }

// Keys are those that a code may have been made with while a server's secret gives
// way to another. The first makes new ones.
type Keys []Key

// NewKeys derives a key of each secret.
func NewKeys(secrets [][]byte) Keys {
	var all Keys
	for _, s := range secrets {
		all = append(all, NewKey(s))
	}
	return all
}

// MACs are those of a code under each key.
func (ks Keys) MACs(p Purpose, n phone.Number, code string) MACs {
	var all MACs
	for _, k := range ks {
		all = append(all, k.MAC(p, n, code))
	}
	return all
}

// Code is the code that was derived for a challenge, under whichever key; false when it was under none.
func (ks Keys) Code(c Challenge) (code string, ok bool) {
	for _, k := range ks {
		if code = k.Code(c.Purpose, c.Number, c.Nonce); k.MAC(c.Purpose, c.Number, code) == c.MAC {
			return code, true
		}
	}
	return "", false
}

// Code is the six digits for a nonce, the same every time, so that asking again can send it again.
func (k Key) Code(p Purpose, n phone.Number, nonce [16]byte) string {
	d := sum(k, "code", string(p), n.String(), string(nonce[:]))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(d)%1_000_000)
}

// MAC digests a code typed for a purpose and a number.
func (k Key) MAC(p Purpose, n phone.Number, code string) MAC {
	return MAC(sum(k, "mac", string(p), n.String(), code))
}

// sum is HMAC-SHA256 over length-prefixed parts, so that no two lists of parts collide.
func sum(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		_ = binary.Write(h, binary.BigEndian, uint32(len(p)))
		io.WriteString(h, p)
	}
	return h.Sum(nil)
}

// CheckShape refuses with ErrShape anything but six digits.
func CheckShape(code string) error {
	if len(code) != 6 {
		return ErrShape
	}
	for i := range 6 {
		if code[i] < '0' || code[i] > '9' {
			return ErrShape
		}
	}
	return nil
}
