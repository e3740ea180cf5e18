// Package otp has the rules of one-time codes: how a code is derived from a key instead
// of being stored, how many attempts it allows, and how wrong guesses cause delays.
package otp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Purpose is the use of a code. A code works for one purpose only.
type Purpose string

// The purposes of codes.
const (
	Login Purpose = "login"
	Reset Purpose = "reset"
	// NumberChange is the purpose of a code that proves the new number of an account.
	NumberChange Purpose = "number"
)

var (
	// ErrBadCode means that a code is wrong, expired, used or exhausted. The client must not learn which.
	ErrBadCode = fault.New(fault.Refused, "invalid_otp", "Invalid or expired OTP")
	// ErrFormat means that the input is not a code of 6 digits.
	ErrFormat = fault.InvalidField("otp", "must be 6 digits")
)

// MAC is a keyed digest of a code. Without the key it reveals nothing about the code.
type MAC [sha256.Size]byte

// MACs are the MACs of one code under several keys.
type MACs []MAC

// Key derives codes and their MACs. It must not be used for other purposes.
type Key []byte

// NewKey derives a Key from a secret of the server.
func NewKey(secret []byte) Key { return Key(hmacSHA256(secret, "parley otp v1")) }

// Keys are the current key and the previous ones, which stay valid during a rotation of
// the server's secret. New codes use the first one.
type Keys []Key

// NewKeys derives a Key from each secret.
func NewKeys(secrets [][]byte) Keys {
	var all Keys
	for _, s := range secrets {
		all = append(all, NewKey(s))
	}
	return all
}

// MACs returns the MAC of a code under each key.
func (ks Keys) MACs(p Purpose, n phone.Number, code string) MACs {
	var all MACs
	for _, k := range ks {
		all = append(all, k.MAC(p, n, code))
	}
	return all
}

// Code returns the code of a challenge. ok is false when the challenge was made with none
// of the keys.
func (ks Keys) Code(c Challenge) (code string, ok bool) {
	for _, k := range ks {
		code = k.Code(c.Purpose, c.Number, c.Nonce)
		if k.MAC(c.Purpose, c.Number, code) == c.MAC {
			return code, true
		}
	}
	return "", false
}

// Code derives the six digits of a code from the nonce of a challenge. The result is
// always the same, so that the same code can be sent again.
func (k Key) Code(p Purpose, n phone.Number, nonce [16]byte) string {
	d := hmacSHA256(k, "code", string(p), n.String(), string(nonce[:]))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(d)%1_000_000)
}

// MAC returns the MAC of a code for a purpose and a number.
func (k Key) MAC(p Purpose, n phone.Number, code string) MAC {
	return MAC(hmacSHA256(k, "mac", string(p), n.String(), code))
}

// hmacSHA256 returns the HMAC-SHA256 of the parts, each prefixed with its length. The
// lengths ensure that different lists of parts never give the same input.
func hmacSHA256(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		_ = binary.Write(h, binary.BigEndian, uint32(len(p)))
		io.WriteString(h, p)
	}
	return h.Sum(nil)
}

// CheckFormat fails with ErrFormat unless code is six digits.
func CheckFormat(code string) error {
	if len(code) != 6 {
		return ErrFormat
	}
	for i := range 6 {
		if code[i] < '0' || code[i] > '9' {
			return ErrFormat
		}
	}
	return nil
}
