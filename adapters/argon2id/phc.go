package argon2id

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// ErrFormat refuses a hash that is not Argon2id's in PHC string format, or that would cost absurdly much to check.
var ErrFormat = errors.New("not an argon2id hash of a reasonable cost")

// digest is a hash and all it takes to make it again.
type digest struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
	salt    []byte
	tag     []byte
}

// String is the PHC string format
// (github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md).
func (d digest) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		d.memory, d.passes, d.threads, b64.EncodeToString(d.salt), b64.EncodeToString(d.tag))
}

// decode reads what String writes and no other spelling of it. It fails with ErrFormat, which shows nothing of s.
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
	if saltErr != nil || tagErr != nil || !d.reasonable() || d.String() != s {
		return digest{}, ErrFormat
	}
	return d, nil
}

// reasonable has the lower bounds of RFC 9106, section 3.1, but for the salt, which is
// of use from 8 bytes on, and the tag, which is never written shorter than 32;
// the upper ones are a few times its second recommendation (64 MiB, 3 passes, 4 lanes).
func (d digest) reasonable() bool {
	return d.memory >= 8*uint32(d.threads) && d.memory <= 256<<10 &&
		d.passes >= 1 && d.passes <= 10 && d.threads >= 1 && d.threads <= 16 &&
		len(d.salt) >= 8 && len(d.salt) <= 64 && len(d.tag) >= 32 && len(d.tag) <= 64
}
