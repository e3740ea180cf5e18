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

// tolerance is how far a signature's time may be from now.
const tolerance = 5 * time.Minute

// Sign returns the signature header of a webhook that is sent at that time:
// "t=", the Unix time, ",v1=" and the HMAC-SHA256 in hex over the time, a dot
// and the payload (docs.stripe.com/webhooks#verify-manually).
func (c *Company) Sign(payload []byte, at time.Time) string {
	return sign(c.config.Secret, payload, at)
}

func sign(secret string, payload []byte, at time.Time) string {
	return fmt.Sprintf("t=%d,v1=%x", at.Unix(), digest(secret, at.Unix(), payload))
}

func digest(secret string, unix int64, payload []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", unix)
	mac.Write(payload)
	return mac.Sum(nil)
}

// verify fails with subscription.ErrSignature unless one of the header's v1
// signatures is the payload's, made within the tolerance of now. Nothing was
// signed with an empty secret.
func verify(secret string, payload []byte, header string, now time.Time) error {
	unix, macs, ok := parse(header)
	if !ok || secret == "" {
		return subscription.ErrSignature
	}
	if age := now.Sub(time.Unix(unix, 0)); age > tolerance || age < -tolerance {
		return subscription.ErrSignature
	}
	want := digest(secret, unix, payload)
	for _, mac := range macs {
		if hmac.Equal(mac, want) {
			return nil
		}
	}
	return subscription.ErrSignature
}

// parse reads a signature header: its one time and its v1 signatures that are
// hex. Other schemes are passed over; what is not key=value spoils it all.
func parse(header string) (unix int64, macs [][]byte, ok bool) {
	timed := false
	for part := range strings.SplitSeq(header, ",") {
		key, value, found := strings.Cut(part, "=")
		if !found || key == "t" && timed {
			return 0, nil, false
		}
		switch key {
		case "t":
			seconds, err := strconv.ParseUint(value, 10, 40) // until the year 36812, so that no sum overflows
			if err != nil {
				return 0, nil, false
			}
			unix, timed = int64(seconds), true
		case "v1":
			if mac, err := hex.DecodeString(value); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	return unix, macs, timed
}
