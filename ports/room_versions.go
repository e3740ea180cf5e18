package ports

import (
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// MaxRoomAge is how long a cache may use rooms at most. An announcement between processes may be lost.
const MaxRoomAge = 10 * time.Second

// RoomVersions tells a cache whether the rooms of a user have changed since the cache read
// them. A cache takes the version first and reads the rooms then. It may use these rooms
// while Version returns the same version, and for at most MaxRoomAge.
type RoomVersions interface {
	// Version returns a number that changes whenever the list of a user's rooms, or the
	// settings or Updated of one of these rooms, may have changed. It never returns to an
	// earlier number. A change by this process counts when the method that made it returns. A
	// change by another process counts within 50 ms after that. known is false while changes
	// by other processes may be missed. Then nothing may be used or stored.
	Version(owner id.ID) (version uint64, known bool)
}
