package memory

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

// Find implements ports.Devices.
func (s Devices) Find(ctx context.Context, deviceID session.DeviceID, now time.Time) (session.Device, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return session.Device{}, err
	}
	defer unlock()
	d, known := s.devices[deviceID]
	if !known || !now.Before(d.expires) {
		return session.Device{}, session.ErrUnknownDevice
	}
	return session.Device{ID: deviceID, User: d.user, Number: s.users[d.user].Number}, nil
}
