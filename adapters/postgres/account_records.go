package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	recordedSessions = `SELECT ` + sessionColumns + ` FROM sessions
		WHERE user_id = $1 AND id > $2 ORDER BY sessions.id LIMIT $3`

	recordedDevices = `SELECT id, expires FROM devices WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3`

	// OFFSET 0 makes the plan use the primary key, even if it was made while the table was empty.
	recordedCounts = `
		SELECT day, n, refunds FROM (SELECT day, n, refunds FROM sent WHERE user_id = $1 OFFSET 0) s ORDER BY day`

	recordedRooms = `SELECT ` + roomColumns + ` FROM rooms WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3`

	// firstID is before all ids.
	firstID id.ID = "00000000-0000-0000-0000-000000000000"
)

// orFirst returns the id, or firstID for "".
func orFirst(after id.ID) id.ID {
	if after == "" {
		return firstID
	}
	return after
}

// Sessions implements ports.AccountRecords.
func (s AccountRecords) Sessions(
	ctx context.Context, userID, after id.ID, limit int,
) ([]session.Session, error) {
	return Sessions(s).selectSessions(ctx, "reading all sessions", recordedSessions, userID, orFirst(after), limit)
}

// Devices implements ports.AccountRecords.
func (s AccountRecords) Devices(
	ctx context.Context, userID id.ID, after session.DeviceID, limit int,
) (list []ports.DeviceRecord, err error) {
	err = s.pool.SelectContext(ctx, &list, recordedDevices, userID, after, limit)
	return list, wrap("reading all devices", err)
}

// Counts implements ports.AccountRecords.
func (s AccountRecords) Counts(ctx context.Context, userID id.ID) (list []ports.CountRecord, err error) {
	var rows []struct {
		Day     time.Time
		N       int
		Refunds int
	}
	err = s.pool.SelectContext(ctx, &rows, recordedCounts, userID)
	for _, row := range rows {
		list = append(list, ports.CountRecord{
			Day:   quota.DayOf(row.Day),
			Count: quota.Count{Used: row.N, Refunded: row.Refunds},
		})
	}
	return list, wrap("reading all counts", err)
}

// Rooms implements ports.AccountRecords.
func (s AccountRecords) Rooms(ctx context.Context, userID, after id.ID, limit int) (list []chat.Room, err error) {
	err = s.roomPool.SelectContext(ctx, &list, recordedRooms, userID, orFirst(after), limit)
	return list, wrap("reading all rooms", err)
}
