package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
)

const findDevice = `
	SELECT users.id, users.number FROM devices JOIN users ON users.id = devices.user_id
	WHERE devices.id = $1 AND devices.expires > $2`

// Find implements ports.Devices.
func (s Devices) Find(ctx context.Context, d session.DeviceID, now time.Time) (session.Device, error) {
	var row struct {
		ID     id.ID
		Number string
	}
	if err := s.pool.GetContext(ctx, &row, findDevice, d, now); err != nil {
		return session.Device{}, wrapNotFound("finding a device", err, session.ErrUnknownDevice)
	}
	number, err := phone.Parse(row.Number)
	return session.Device{ID: d, User: row.ID, Number: number}, wrap("parsing the number of a device", err)
}
