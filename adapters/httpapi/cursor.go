package httpapi

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// The kinds of cursors.
const (
	roomsCursor  = "r" // a position in a user's list of rooms
	beforeCursor = "b" // a revision of a room, for the older messages
	afterCursor  = "a" // a position in the changes of a room: of its messages page or of its events
	feedCursor   = "f" // a position in the changes of all rooms of a user
	searchCursor = "s" // a position in the results of a search

	versionsCursor = "v" // a number of versions of a message
)

const maxCursorBytes = 200 // after decoding

// encodeCursor returns a cursor: the base64url of its kind, the id of the user, room
// or message whose list it belongs to, and the position in the list, separated by "|".
func encodeCursor(kind string, listID id.ID, position ...string) string {
	parts := append([]string{kind, string(listID)}, position...)
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "|")))
}

// cursorSpec says which cursors a parameter accepts.
type cursorSpec struct {
	param  string // the name of the query parameter or header
	kind   string
	listID id.ID // the user, room or message whose list it is
}

// invalid returns the error for a cursor that is not accepted.
func (s cursorSpec) invalid() error {
	return fault.InvalidField(s.param, "must be a cursor of this list: from its Link header, or an id of its events")
}

// decode returns the parts of the position, whose number must be one of counts. It accepts a
// cursor only in the exact form that encodeCursor returns.
func (s cursorSpec) decode(cursor string, counts ...int) ([]string, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) > maxCursorBytes {
		return nil, s.invalid()
	}
	parts := strings.Split(string(raw), "|")
	if !slices.Contains(counts, len(parts)-2) || parts[0] != s.kind || parts[1] != string(s.listID) {
		return nil, s.invalid()
	}
	position := parts[2:]
	if encodeCursor(s.kind, s.listID, position...) != cursor { // base64 ignores line breaks, even in strict mode
		return nil, s.invalid()
	}
	return position, nil
}

// decodeCounts returns the parts of a position that consists of count numbers.
func (s cursorSpec) decodeCounts(cursor string, count int) ([]int64, error) {
	position, err := s.decode(cursor, count)
	if err != nil {
		return nil, err
	}
	counts := make([]int64, count)
	for i, part := range position {
		n, ok := parseCount(part)
		if !ok {
			return nil, s.invalid()
		}
		counts[i] = n
	}
	return counts, nil
}

// encodeBefore returns the cursor of the messages that were added before a revision.
func encodeBefore(room id.ID, rev int64) string {
	return encodeCursor(beforeCursor, room, formatCount(rev))
}

// decodeBefore returns the revision in a cursor of encodeBefore.
func (s cursorSpec) decodeBefore(cursor string) (int64, error) {
	counts, err := s.decodeCounts(cursor, 1)
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// encodeAfter returns the cursor of a position in the changes of a room. The position in a
// running reply is left out if there is none.
func encodeAfter(room id.ID, c chat.Cursor) string {
	if c.Reply == "" {
		return encodeCursor(afterCursor, room, formatCount(c.Rev))
	}
	return encodeCursor(afterCursor, room,
		formatCount(c.Rev), string(c.Reply), formatCount(c.Fence), formatCount(int64(c.Seq)))
}

// decodeAfter returns the position in a cursor of encodeAfter.
func (s cursorSpec) decodeAfter(cursor string) (chat.Cursor, error) {
	position, err := s.decode(cursor, 1, 4)
	if err != nil {
		return chat.Cursor{}, err
	}
	rev, revOK := parseCount(position[0])
	if !revOK {
		return chat.Cursor{}, s.invalid()
	}
	if len(position) == 1 {
		return chat.Cursor{Rev: rev}, nil
	}
	replyID, replyOK := id.Parse(position[1])
	fence, fenceOK := parseCount(position[2])
	seq, seqOK := parseCount(position[3])
	if !replyOK || !fenceOK || !seqOK {
		return chat.Cursor{}, s.invalid()
	}
	return chat.Cursor{
		Rev:   rev,
		Reply: replyID,
		Fence: fence,
		Seq:   int(seq),
	}, nil
}

// encodeFeed returns the cursor of a position in the changes of a user's rooms. What belongs to a
// position between two parts of the changes is left out for others.
func encodeFeed(owner id.ID, c talk.FeedCursor) string {
	p := c.Position
	position := []string{formatCount(p.Since), formatCount(c.Read.UnixMicro())}
	if p.After != "" {
		position = append(position, formatCount(p.Until), string(p.After))
	}
	return encodeCursor(feedCursor, owner, position...)
}

// decodeFeed returns the position in a cursor of encodeFeed.
func (s cursorSpec) decodeFeed(cursor string) (talk.FeedCursor, error) {
	position, err := s.decode(cursor, 2, 4)
	if err != nil {
		return talk.FeedCursor{}, err
	}
	since, sinceOK := parseCount(position[0])
	read, readOK := parseCount(position[1])
	if !sinceOK || !readOK {
		return talk.FeedCursor{}, s.invalid()
	}
	c := talk.FeedCursor{Position: chat.FeedPosition{Since: since}, Read: time.UnixMicro(read).UTC()}
	if len(position) == 2 {
		return c, nil
	}
	until, untilOK := parseCount(position[2])
	after, afterOK := id.Parse(position[3])
	if !untilOK || !afterOK {
		return talk.FeedCursor{}, s.invalid()
	}
	c.Position.Until = until
	c.Position.After = after
	return c, nil
}

// encodeRoom returns the cursor of a position in a user's list of rooms.
func encodeRoom(owner id.ID, c ports.RoomCursor) string {
	return encodeCursor(roomsCursor, owner, formatCount(c.Updated.UnixMicro()), string(c.ID))
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

func formatCount(n int64) string { return strconv.FormatInt(n, 10) }

// parseCount parses a number of at least 0 in the form that formatCount returns.
func parseCount(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && formatCount(n) == s
}
