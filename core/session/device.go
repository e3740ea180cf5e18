package session

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// DeviceTTL is how long a device stays known after its last login.
const DeviceTTL = 180 * 24 * time.Hour

// ErrUnknownDevice means that a device token is invalid or expired, or that its session has ended.
var ErrUnknownDevice = errors.New("unknown device")

// DeviceToken is the secret of a device on which a user has logged in. It opens nothing. It
// shows only that a request for the user's number does not come from a stranger.
type DeviceToken string

// DeviceID is the hash of a DeviceToken. It is what the server stores.
type DeviceID string

// Device is a device on which a user has logged in.
type Device struct {
	ID     DeviceID
	User   id.ID
	Number phone.Number // of the user
}

// deviceTokenSize is the number of random bytes in a DeviceToken.
const deviceTokenSize = 32

// NewDeviceToken returns a new token. It fails only when random fails.
func NewDeviceToken(random io.Reader) (DeviceToken, error) {
	var secret [deviceTokenSize]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return "", fmt.Errorf("reading randomness for a device token: %w", err)
	}
	return DeviceToken(base64.RawURLEncoding.EncodeToString(secret[:])), nil
}

// IsWellFormed reports whether the token can be one of NewDeviceToken.
func (t DeviceToken) IsWellFormed() bool {
	secret, err := base64.RawURLEncoding.Strict().DecodeString(string(t))
	return err == nil && len(secret) == deviceTokenSize &&
		len(t) == base64.RawURLEncoding.EncodedLen(deviceTokenSize) // the decoder skips line breaks
}

// ID returns the id of the token's device. The token is random, so a hash without a key
// reveals nothing about it.
func (t DeviceToken) ID() DeviceID {
	sum := sha256.Sum256([]byte(t))
	return DeviceID(hex.EncodeToString(sum[:]))
}
