package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
)

// AccountRecords lists everything that a store keeps about an account and that other ports do not
// list completely. The lists with a limit are pages of at most limit entries, sorted by their ids.
// They begin after the entry with the id after, or at the start if after is "".
type AccountRecords interface {
	// Sessions returns the sessions of a user, also expired ones.
	Sessions(ctx context.Context, userID, after id.ID, limit int) ([]session.Session, error)
	// Devices returns the devices of a user, also expired ones.
	Devices(ctx context.Context, userID id.ID, after session.DeviceID, limit int) ([]DeviceRecord, error)
	// Counts returns the message counts of a user, the earliest day first. There is at most one for
	// each day that Retention keeps.
	Counts(ctx context.Context, userID id.ID) ([]CountRecord, error)
	// Rooms returns the rooms of a user. Unlike those of Rooms.List, their order does not change
	// when a message is sent.
	Rooms(ctx context.Context, userID, after id.ID, limit int) ([]chat.Room, error)
}

// DeviceRecord is a device on which a user has logged in.
type DeviceRecord struct {
	ID      session.DeviceID
	Expires time.Time // session.DeviceTTL after the last login
}

// CountRecord is the message count of a user on a day.
type CountRecord struct {
	Day quota.Day
	quota.Count
}
