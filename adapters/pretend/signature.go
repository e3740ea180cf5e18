package pretend

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// tolerance is the allowed difference between a signature's time and now, in either direction.
const tolerance = 5 * time.Minute

// Sign returns the signature header of a webhook sent at that time: "t=", the Unix
// time, ",v1=", and the HMAC-SHA256 in hex of the time, a dot and the payload
// (docs.stripe.com/webhooks#verify-manually).
func (p *Payments) Sign(payload []byte, at time.Time) string {
	return sign(p.config.Secret, payload, at)
}

func sign(secret string, payload []byte, at time.Time) string {
	return fmt.Sprintf("t=%d,v1=%x", at.Unix(), computeMAC(secret, at.Unix(), payload))
}

func computeMAC(secret string, unix int64, payload []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", unix)
	mac.Write(payload)
	return mac.Sum(nil)
}

// verify fails with subscription.ErrSignature unless one of the header's v1 signatures
// is valid for the payload, and the difference between the header's time and now is
// within the tolerance. It always fails with an empty secret.
func verify(secret string, payload []byte, header string, now time.Time) error {
	unix, macs, ok := parseSignature(header)
	if !ok || secret == "" {
		return subscription.ErrSignature
	}
	if age := now.Sub(time.Unix(unix, 0)); age > tolerance || age < -tolerance {
		return subscription.ErrSignature
	}
	want := computeMAC(secret, unix, payload)
	for _, mac := range macs {
		if hmac.Equal(mac, want) {
			return nil
		}
	}
	return subscription.ErrSignature
}

// parseSignature returns the time and the v1 signatures in a signature header. It
// ignores other schemes and signatures that are not hex. ok is false if a part has no
// "=", and if the time is missing, invalid or repeated.
func parseSignature(header string) (unix int64, macs [][]byte, ok bool) {
	hasTime := false
	for part := range strings.SplitSeq(header, ",") {
		key, value, found := strings.Cut(part, "=")
		if !found || key == "t" && hasTime {
			return 0, nil, false
		}
		switch key {
		case "t":
			seconds, err := strconv.ParseUint(value, 10, 40) // 40 bits: until the year 36812, so no sum overflows
			if err != nil {
				return 0, nil, false
			}
			unix, hasTime = int64(seconds), true
		case "v1":
			if mac, err := hex.DecodeString(value); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	return unix, macs, hasTime
}
