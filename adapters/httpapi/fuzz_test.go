package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	fuzzRoom  = id.ID("01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f")
	fuzzOwner = id.ID("01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a")
)

// An accepted cursor of older messages is exactly what encodeBefore returns.
func FuzzBeforeCursor(f *testing.F) {
	for _, rev := range []int64{0, 1, 42, 1<<63 - 1} {
		f.Add(encodeBefore(fuzzRoom, rev), false)
	}
	f.Add(encodeAfter(fuzzRoom, chat.Cursor{Rev: 1}), false)
	f.Add("b|"+string(fuzzRoom)+"|42", true)
	f.Add("b|"+string(fuzzRoom)+"|+1", true)
	f.Add(encodeBefore(fuzzRoom, 7)+"\n", false)
	spec := cursorSpec{param: "before", kind: beforeCursor, listID: fuzzRoom}
	f.Fuzz(func(t *testing.T, cursor string, plain bool) {
		cursor = toCursor(cursor, plain)
		rev, err := spec.decodeBefore(cursor)
		if err == nil && (rev < 0 || encodeBefore(fuzzRoom, rev) != cursor) {
			t.Errorf("cursor %q was accepted as revision %d", cursor, rev)
		}
		checkFault(t, err)
	})
}

// An accepted cursor of changes is exactly what encodeAfter returns.
func FuzzAfterCursor(f *testing.F) {
	for _, c := range []chat.Cursor{
		{},
		{Rev: 1<<63 - 1},
		{Rev: 7, Reply: fuzzOwner},
		{
			Rev:   7,
			Reply: fuzzOwner,
			Fence: 2,
			Seq:   3,
		},
	} {
		f.Add(encodeAfter(fuzzRoom, c), false)
	}
	f.Add(encodeBefore(fuzzRoom, 1), false)
	f.Add("a|"+string(fuzzRoom)+"|1|"+string(fuzzOwner)+"|1", true)
	f.Add("a|"+string(fuzzRoom)+"|1|"+string(fuzzOwner)+"|1|-1", true)
	f.Add("a|"+string(fuzzRoom)+"|1||0|0", true)
	spec := cursorSpec{param: "after", kind: afterCursor, listID: fuzzRoom}
	f.Fuzz(func(t *testing.T, cursor string, plain bool) {
		cursor = toCursor(cursor, plain)
		c, err := spec.decodeAfter(cursor)
		if err == nil && (c.Rev < 0 || c.Fence < 0 || c.Seq < 0 || encodeAfter(fuzzRoom, c) != cursor) {
			t.Errorf("cursor %q was accepted as %+v", cursor, c)
		}
		checkFault(t, err)
	})
}

// An accepted cursor of all rooms is exactly what encodeFeed returns.
func FuzzFeedCursor(f *testing.F) {
	spec := cursorSpec{param: "after", kind: feedCursor, listID: fuzzOwner}
	for _, c := range []talk.FeedCursor{
		{Read: time.UnixMicro(0)},
		{Position: chat.FeedPosition{Since: 1<<63 - 1}, Read: time.UnixMicro(1<<63 - 1)},
		{Position: chat.FeedPosition{Since: 42}, Read: time.Date(2026, 1, 5, 9, 30, 0, 123_000, time.UTC)},
		{
			Position: chat.FeedPosition{Since: 1<<63 - 1, Until: 1<<63 - 1, After: fuzzRoom},
			Read:     time.UnixMicro(1<<63 - 1),
		},
	} {
		cursor := encodeFeed(fuzzOwner, c)
		if decoded, err := spec.decodeFeed(cursor); err != nil || encodeFeed(fuzzOwner, decoded) != cursor {
			f.Errorf("the cursor of %+v is decoded as %+v, error %v, want the same", c, decoded, err)
		}
		f.Add(cursor, false)
	}
	f.Add(encodeAfter(fuzzOwner, chat.Cursor{Rev: 1}), false)
	f.Add("f|"+string(fuzzOwner)+"|1|01", true)
	f.Add("f|"+string(fuzzOwner)+"|1|1|-1|"+string(fuzzRoom), true)
	f.Add("f|"+string(fuzzOwner)+"|1|1|1|", true)
	f.Fuzz(func(t *testing.T, cursor string, plain bool) {
		cursor = toCursor(cursor, plain)
		c, err := spec.decodeFeed(cursor)
		if err == nil && (c.Position.Since < 0 || c.Position.Until < 0 || encodeFeed(fuzzOwner, c) != cursor) {
			t.Errorf("cursor %q was accepted as %+v", cursor, c)
		}
		checkFault(t, err)
	})
}

// An accepted room cursor is exactly what encodeRoom returns.
func FuzzRoomCursor(f *testing.F) {
	for _, updated := range []time.Time{
		time.UnixMicro(0),
		time.Date(2026, 1, 5, 9, 30, 0, 123_000, time.UTC),
		time.UnixMicro(1<<63 - 1),
		time.UnixMicro(-1),
	} {
		f.Add(encodeRoom(fuzzOwner, ports.RoomCursor{Updated: updated, ID: fuzzRoom}), false)
	}
	f.Add("r|"+string(fuzzOwner)+"|1|"+strings.ToUpper(string(fuzzRoom)), true)
	f.Add("r|"+string(fuzzOwner)+"|01|"+string(fuzzRoom), true)
	spec := cursorSpec{param: "cursor", kind: roomsCursor, listID: fuzzOwner}
	f.Fuzz(func(t *testing.T, cursor string, plain bool) {
		cursor = toCursor(cursor, plain)
		room, err := spec.decodeRoom(cursor)
		if err == nil && encodeRoom(fuzzOwner, room) != cursor {
			t.Errorf("cursor %q was accepted as %v", cursor, room)
		}
		checkFault(t, err)
	})
}

// toCursor encodes a plain text, so that the fuzzer also varies the text inside the base64.
func toCursor(text string, plain bool) string {
	if plain {
		return base64.RawURLEncoding.EncodeToString([]byte(text))
	}
	return text
}

// An accepted body is JSON in UTF-8, and has the same fields as the original. Only a nullable
// field is null.
func FuzzCheckJSON(f *testing.F) {
	for _, body := range []string{
		`{"name":"x"}`,
		`{"name":null}`,
		`{"nullable":null}`,
		`{"name":1,"name":"x"}`,
		`null`,
		`[]`,
		`"x"`,
		``,
		`{`,
		`{"a":1e999}`,
		"{\"a\":\"\xff\"}",
		`{"a":"\ud800"}`,
		`{"a":{"b":null}}`,
		`{"<":"&"}`,
	} {
		f.Add([]byte(body))
	}
	nullable := nullableFields{"nullable": true}
	f.Fuzz(func(t *testing.T, body []byte) {
		checked, err := nullable.checkJSON(body)
		checkFault(t, err)
		if err != nil {
			return
		}
		if !utf8.Valid(checked) || !json.Valid(checked) || !json.Valid(body) {
			t.Fatalf("body %q was accepted as %q, which is not JSON in UTF-8", body, checked)
		}
		var before, after map[string]any
		if json.Unmarshal(body, &before) != nil || before == nil {
			return
		}
		if err := json.Unmarshal(checked, &after); err != nil || len(after) != len(before) {
			t.Fatalf("body %q was accepted as %q, which has other fields (%v)", body, checked, err)
		}
		for name, value := range after {
			if value == nil && !nullable[name] {
				t.Errorf("body %q was accepted although its field %q is null", body, name)
			}
		}
	})
}

// Only a trusted peer can name another client address.
func FuzzOriginalClient(f *testing.F) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, header := range []string{
		"",
		"192.0.2.1",
		"192.0.2.1, 10.0.0.2",
		"junk, 10.0.0.2",
		"::ffff:192.0.2.1",
		"fe80::1%eth0",
		" , ,",
		"10.0.0.1,10.0.0.2",
	} {
		f.Add("10.0.0.9", header)
		f.Add("203.0.113.7", header)
	}
	f.Fuzz(func(t *testing.T, from, header string) {
		peer, err := netip.ParseAddr(from)
		if err != nil {
			return
		}
		peer = peer.Unmap().WithZone("")
		got := originalClient(peer, header, trusted)
		if !isTrusted(peer, trusted) && got != peer {
			t.Errorf("untrusted peer %s with X-Forwarded-For %q got the address %s", peer, header, got)
		}
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Errorf("peer %s with X-Forwarded-For %q got the unusual address %#v", peer, header, got)
		}
	})
}

// Azure's gateways add the port to addresses (learn.microsoft.com/azure/application-gateway/rewrite-http-headers-url).
func TestOriginalClientWithPorts(t *testing.T) {
	peer, trusted := netip.MustParseAddr("10.0.0.9"), []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for header, want := range map[string]string{
		"192.0.2.1:5678": "192.0.2.1",
		"198.51.100.1, 192.0.2.1:5678, 10.0.0.2:80": "192.0.2.1",
		"[2001:db8::1]:443":                         "2001:db8::1",
		"192.0.2.1:x":                               "10.0.0.9",
	} {
		if got := originalClient(peer, header, trusted); got.String() != want {
			t.Errorf("client for X-Forwarded-For %q = %s, want %s", header, got, want)
		}
	}
}

// A token is the trimmed text after the scheme Bearer. Other schemes have no token.
func FuzzBearerToken(f *testing.F) {
	for _, header := range []string{"", "Bearer x", "bearer  x ", "Basic x", "Bearer", "Bearer\tx", "Bearer \xff\x00"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token := bearerToken(header)
		if token != strings.TrimSpace(token) || !strings.HasSuffix(strings.TrimSpace(header), token) {
			t.Errorf("token of header %q = %q, which is not its trimmed end", header, token)
		}
		if token != "" && (len(header) < 7 || !strings.EqualFold(header[:7], "bearer ")) {
			t.Errorf("token of header %q = %q, want none without the scheme", header, token)
		}
	})
}

// An accepted request id is safe in a header and in a log line.
func FuzzRequestID(f *testing.F) {
	for _, requestID := range []string{"", "abc-1_2.3", "a b", "a\nb", "é", strings.Repeat("a", 65)} {
		f.Add(requestID)
	}
	isUnsafe := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"'<>=,;:\`, r) }
	f.Fuzz(func(t *testing.T, requestID string) {
		if !isValidRequestID(requestID) {
			return
		}
		if requestID == "" || len(requestID) > 64 || strings.ContainsFunc(requestID, isUnsafe) {
			t.Errorf("request id %q was accepted", requestID)
		}
	})
}

// checkFault fails unless err is nil or tells the client what is wrong with its input.
func checkFault(t *testing.T, err error) {
	t.Helper()
	if k := fault.Of(err).Kind; err != nil && k != fault.Invalid && k != fault.Malformed {
		t.Errorf("error = %v, want one of the kind Invalid or Malformed", err)
	}
}
