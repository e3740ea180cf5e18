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

// A cursor is a place in one list of one owner or room, in base64url: the kind
// of list, whose it is, and the place. Only what encode writes is taken back.
const (
	roomsCursor  = "r"
	beforeCursor = "b"
	afterCursor  = "a"
)

func encode(kind string, of id.ID, place ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(append([]string{kind, string(of)}, place...), "|")))
}

// decode returns the n parts of the place, or refuses the cursor of another kind, list or spelling.
func decode(name, cursor, kind string, of id.ID, n int) ([]string, error) {
	refused := fault.Breaks(name, "must be a cursor of this list")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) > 200 {
		return nil, refused
	}
	parts := strings.Split(string(raw), "|")
	if len(parts) != n+2 || parts[0] != kind || parts[1] != string(of) || encode(kind, of, parts[2:]...) != cursor {
		return nil, refused // base64 skips line ends, also when strict
	}
	return parts[2:], nil
}

func revCursor(kind string, room id.ID, rev int64) string {
	return encode(kind, room, strconv.FormatInt(rev, 10))
}

// decodeRev reads what revCursor writes.
func decodeRev(name, cursor, kind string, room id.ID) (int64, error) {
	parts, err := decode(name, cursor, kind, room, 1)
	if err != nil {
		return 0, err
	}
	rev, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || rev < 0 || strconv.FormatInt(rev, 10) != parts[0] {
		return 0, fault.Breaks(name, "must be a cursor of this list")
	}
	return rev, nil
}

func placeCursor(owner id.ID, p ports.Place) string {
	return encode(roomsCursor, owner, strconv.FormatInt(p.Updated.UnixMicro(), 10), string(p.ID))
}

// decodePlace reads what placeCursor writes.
func decodePlace(name, cursor string, owner id.ID) (ports.Place, error) {
	parts, err := decode(name, cursor, roomsCursor, owner, 2)
	if err != nil {
		return ports.Place{}, err
	}
	micros, err := strconv.ParseInt(parts[0], 10, 64)
	room, ok := id.Parse(parts[1])
	if err != nil || !ok || micros < 0 || strconv.FormatInt(micros, 10) != parts[0] {
		return ports.Place{}, fault.Breaks(name, "must be a cursor of this list")
	}
	return ports.Place{Updated: time.UnixMicro(micros).UTC(), ID: room}, nil
}
