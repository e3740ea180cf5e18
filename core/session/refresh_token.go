package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/kuvaka-tech/parley/core/id"
)

// RefreshToken is a secret that a client exchanges once for an access token and the next
// RefreshToken. It is the id of the session, the number of the token and a MAC of both, separated
// by dots. So the server stores only the number.
type RefreshToken string

// RefreshKey makes RefreshTokens. It must not be used for other purposes.
type RefreshKey []byte

// NewRefreshKey derives a RefreshKey from a secret of the server.
func NewRefreshKey(secret []byte) RefreshKey { return hmacSHA256(secret, "parley refresh v1") }

// RefreshKeys are the current key and the previous ones, which stay valid during a rotation of
// the server's secret. Tokens are made with the first one.
type RefreshKeys []RefreshKey

// NewRefreshKeys derives a RefreshKey from each secret.
func NewRefreshKeys(secrets [][]byte) RefreshKeys {
	var all RefreshKeys
	for _, s := range secrets {
		all = append(all, NewRefreshKey(s))
	}
	return all
}

// Token returns token number n of a session.
func (ks RefreshKeys) Token(sessionID id.ID, n int) RefreshToken {
	return ks[0].sign(string(sessionID) + "." + strconv.Itoa(n))
}

// Parse returns the session and the number of a token. It fails with ErrBadToken when the token
// was made with none of the keys.
func (ks RefreshKeys) Parse(t RefreshToken) (sessionID id.ID, n int, err error) {
	signed := string(t[:max(0, strings.LastIndexByte(string(t), '.'))])
	for _, k := range ks {
		if hmac.Equal([]byte(t), []byte(k.sign(signed))) {
			owner, number, _ := strings.Cut(signed, ".")
			n, err = strconv.Atoi(number)
			return id.ID(owner), n, err
		}
	}
	return "", 0, ErrBadToken
}

// sign appends the MAC of a text to it.
func (k RefreshKey) sign(text string) RefreshToken {
	return RefreshToken(text + "." + base64.RawURLEncoding.EncodeToString(hmacSHA256(k, text)))
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
