package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

// Devices finds the devices on which users have logged in. Sessions stores and forgets them.
type Devices interface {
	// Find returns a device. It fails with session.ErrUnknownDevice when the device is
	// unknown, forgotten or expired at now, and when its account was erased.
	Find(ctx context.Context, d session.DeviceID, now time.Time) (session.Device, error)
}
