package argon2id

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// ErrFormat reports a string that is not an Argon2id hash in PHC string format,
// or a hash whose cost is outside the limits.
var ErrFormat = errors.New("not an argon2id hash of a reasonable cost")

// digest is a hash with its parameters.
type digest struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
	salt    []byte
	tag     []byte
}

// String returns the digest in PHC string format
// (github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md).
func (d digest) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		d.memory, d.passes, d.threads, b64.EncodeToString(d.salt), b64.EncodeToString(d.tag))
}

// decode parses a string that String has returned. It rejects any other spelling of the
// same digest. It fails with ErrFormat, which does not quote s.
func decode(s string) (digest, error) {
	var d digest
	parts := strings.Split(s, "$")
	if len(s) > 512 || len(parts) != 6 {
		return d, ErrFormat
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &d.memory, &d.passes, &d.threads); err != nil {
		return d, ErrFormat
	}
	var saltErr, tagErr error
	d.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	d.tag, tagErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || tagErr != nil || !d.withinLimits() || d.String() != s {
		return digest{}, ErrFormat
	}
	return d, nil
}

// withinLimits reports whether the parameters are safe and cheap enough to
// compute. The lower limits are those of RFC 9106, section 3.1, with two
// exceptions: a salt is useful from 8 bytes, and String never writes a tag
// shorter than 32 bytes. The upper limits are a few times the second
// recommendation of the RFC (64 MiB, 3 passes, 4 lanes).
func (d digest) withinLimits() bool {
	return d.memory >= 8*uint32(d.threads) && d.memory <= 256<<10 &&
		d.passes >= 1 && d.passes <= 10 && d.threads >= 1 && d.threads <= 16 &&
		len(d.salt) >= 8 && len(d.salt) <= 64 && len(d.tag) >= 32 && len(d.tag) <= 64
}
