package httpapi

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// The kinds of pagination cursors.
const (
	roomsCursor  = "r" // a position in a user's list of rooms
	beforeCursor = "b" // a revision of a room, for the older messages
	afterCursor  = "a" // a revision of a room, for the later changes
)

const maxCursorBytes = 200 // after decoding

// encodeCursor returns a cursor: the base64url of its kind, the id of the user or
// room whose list it belongs to, and the position in the list, separated by "|".
func encodeCursor(kind string, listID id.ID, position ...string) string {
	parts := append([]string{kind, string(listID)}, position...)
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "|")))
}

// cursorSpec says which cursors a query parameter accepts.
type cursorSpec struct {
	param  string // the name of the query parameter
	kind   string
	listID id.ID // the user or the room whose list it is
}

// invalid returns the error for a cursor that is not accepted.
func (s cursorSpec) invalid() error {
	return fault.InvalidField(s.param, "must be a cursor of this list")
}

// decode returns the n parts of the position. It accepts a cursor only in the exact
// form that encodeCursor returns.
func (s cursorSpec) decode(cursor string, n int) ([]string, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) > maxCursorBytes {
		return nil, s.invalid()
	}
	parts := strings.Split(string(raw), "|")
	if len(parts) != n+2 || parts[0] != s.kind || parts[1] != string(s.listID) {
		return nil, s.invalid()
	}
	position := parts[2:]
	if encodeCursor(s.kind, s.listID, position...) != cursor { // base64 ignores line breaks, even in strict mode
		return nil, s.invalid()
	}
	return position, nil
}

// encodeRev returns the cursor of a revision of a room.
func encodeRev(kind string, room id.ID, rev int64) string {
	return encodeCursor(kind, room, strconv.FormatInt(rev, 10))
}

// decodeRev returns the revision in a cursor of encodeRev.
func (s cursorSpec) decodeRev(cursor string) (int64, error) {
	position, err := s.decode(cursor, 1)
	if err != nil {
		return 0, err
	}
	rev, ok := parseCount(position[0])
	if !ok {
		return 0, s.invalid()
	}
	return rev, nil
}

// encodeRoom returns the cursor of a position in a user's list of rooms.
func encodeRoom(owner id.ID, c ports.RoomCursor) string {
	return encodeCursor(roomsCursor, owner, strconv.FormatInt(c.Updated.UnixMicro(), 10), string(c.ID))
}

// decodeRoom returns the position in a cursor of encodeRoom.
func (s cursorSpec) decodeRoom(cursor string) (ports.RoomCursor, error) {
	position, err := s.decode(cursor, 2)
	if err != nil {
		return ports.RoomCursor{}, err
	}
	micros, microsOK := parseCount(position[0])
	room, roomOK := id.Parse(position[1])
	if !microsOK || !roomOK {
		return ports.RoomCursor{}, s.invalid()
	}
	return ports.RoomCursor{Updated: time.UnixMicro(micros).UTC(), ID: room}, nil
}

// parseCount parses a number of at least 0 in the form that strconv.FormatInt returns.
func parseCount(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == s
}
