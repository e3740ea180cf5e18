// Package id generates and parses ids.
package id

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// ID is a UUIDv7 (RFC 9562, section 5.7) in lower case with dashes. IDs sort by the
// millisecond in which they were generated, and they cannot be guessed.
type ID string

// New returns an ID for the time now with 74 random bits. It fails only when random fails.
func New(now time.Time, random io.Reader) (ID, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return "", fmt.Errorf("reading randomness for an id: %w", err)
	}
	return encode(now, b), nil
}

// First returns the lowest ID that New can return for the millisecond of t, or for a later one.
func First(t time.Time) ID { return encode(t, [16]byte{}) }

// encode sets the time, the version and the variant of b, and returns it as text.
func encode(now time.Time, b [16]byte) ID {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// Time returns the millisecond for which the ID was generated, in UTC. It returns the zero time for
// a text that is not an ID.
func (id ID) Time() time.Time {
	if _, ok := Parse(string(id)); !ok {
		return time.Time{}
	}
	var ms [8]byte
	_, _ = hex.Decode(ms[2:], []byte(id[:8]+id[9:13])) // Parse has checked the digits
	return time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:]))).UTC()
}

// Parse parses an ID in the form that New returns. It returns false for anything else,
// also for other spellings of the same UUID.
func Parse(s string) (ID, bool) {
	if len(s) != 36 || s[14] != '7' || s[19] < '8' || s[19] > 'b' { // version 7, variant 8, 9, a or b
		return "", false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return "", false
		}
	}
	return ID(s), true
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }
