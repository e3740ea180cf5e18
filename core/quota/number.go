package quota

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/kuvaka-tech/parley/core/phone"
)

// NumberMAC identifies a phone number without revealing it. The counts of an erased account
// are kept under it until their day ends, so that a new account with the same number
// continues the quota of the day.
type NumberMAC [sha256.Size]byte

// NumberKey derives NumberMACs. It must not be used for other purposes.
type NumberKey []byte

// NewNumberKey derives a NumberKey from a secret of the server.
func NewNumberKey(secret []byte) NumberKey { return hmacSHA256(secret, "parley quota v1") }

// NumberKeys are the current key and the previous ones, which stay in use during a rotation of
// the server's secret. Counts are kept under the first one, and found under each.
type NumberKeys []NumberKey

// NewNumberKeys derives a NumberKey from each secret.
func NewNumberKeys(secrets [][]byte) NumberKeys {
	var all NumberKeys
	for _, s := range secrets {
		all = append(all, NewNumberKey(s))
	}
	return all
}

// MAC returns the NumberMAC of a number.
func (k NumberKey) MAC(n phone.Number) NumberMAC { return NumberMAC(hmacSHA256(k, n.String())) }

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
