package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	fuzzRoom  = id.ID("01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f")
	fuzzOwner = id.ID("01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a")
)

// FuzzRevCursor: whatever is accepted is what revCursor writes.
func FuzzRevCursor(f *testing.F) {
	for _, rev := range []int64{0, 1, 42, 1<<63 - 1} {
		f.Add(revCursor(beforeCursor, fuzzRoom, rev), false)
		f.Add(revCursor(afterCursor, fuzzRoom, rev), false)
	}
	f.Add("b|"+string(fuzzRoom)+"|42", true)
	f.Add("b|"+string(fuzzRoom)+"|+1", true)
	f.Add(revCursor(beforeCursor, fuzzRoom, 7)+"\n", false)
	f.Fuzz(func(t *testing.T, cursor string, plain bool) {
		cursor = spelled(cursor, plain)
		rev, err := decodeRev("before", cursor, beforeCursor, fuzzRoom)
		if err == nil && (rev < 0 || revCursor(beforeCursor, fuzzRoom, rev) != cursor) {
			t.Errorf("%q is read as %d", cursor, rev)
		}
		checkFault(t, err)
	})
}

// FuzzPlaceCursor: whatever is accepted is what placeCursor writes.
func FuzzPlaceCursor(f *testing.F) {
	for _, at := range []time.Time{time.UnixMicro(0), time.Date(2026, 1, 5, 9, 30, 0, 123_000, time.UTC), time.UnixMicro(1<<63 - 1), time.UnixMicro(-1)} {
		f.Add(placeCursor(fuzzOwner, ports.Place{Updated: at, ID: fuzzRoom}), false)
	}
	f.Add("r|"+string(fuzzOwner)+"|1|"+strings.ToUpper(string(fuzzRoom)), true)
	f.Add("r|"+string(fuzzOwner)+"|01|"+string(fuzzRoom), true)
	f.Fuzz(func(t *testing.T, cursor string, plain bool) {
		cursor = spelled(cursor, plain)
		place, err := decodePlace("cursor", cursor, fuzzOwner)
		if err == nil && placeCursor(fuzzOwner, place) != cursor {
			t.Errorf("%q is read as %v", cursor, place)
		}
		checkFault(t, err)
	})
}

// spelled is the cursor of a plain text, so that what lies beneath the base64 is fuzzed, too.
func spelled(text string, plain bool) string {
	if plain {
		return base64.RawURLEncoding.EncodeToString([]byte(text))
	}
	return text
}

// FuzzJSONBody: what passes is JSON in UTF-8 without nulls among its fields, and means what it meant.
func FuzzJSONBody(f *testing.F) {
	for _, body := range []string{`{"name":"x"}`, `{"name":null}`, `{"name":1,"name":"x"}`, `null`, `[]`, `"x"`, ``, `{`, `{"a":1e999}`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"a":{"b":null}}`, `{"<":"&"}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		passed, err := jsonBody(body)
		checkFault(t, err)
		if err != nil {
			return
		}
		if !utf8.Valid(passed) || !json.Valid(passed) || !json.Valid(body) {
			t.Fatalf("%q became %q", body, passed)
		}
		var before, after map[string]any
		if json.Unmarshal(body, &before) != nil || before == nil {
			return
		}
		if err := json.Unmarshal(passed, &after); err != nil || len(after) != len(before) {
			t.Fatalf("%q became %q: %v", body, passed, err)
		}
		for name, value := range after {
			if value == nil {
				t.Errorf("%q: a null passed as %q", body, name)
			}
		}
	})
}

// FuzzForwardedFor: only a trusted peer is believed, and never for another trusted proxy's address while a hop is left.
func FuzzForwardedFor(f *testing.F) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, header := range []string{"", "192.0.2.1", "192.0.2.1, 10.0.0.2", "junk, 10.0.0.2", "::ffff:192.0.2.1", "fe80::1%eth0", " , ,", "10.0.0.1,10.0.0.2"} {
		f.Add("10.0.0.9", header)
		f.Add("203.0.113.7", header)
	}
	f.Fuzz(func(t *testing.T, from, header string) {
		peer, err := netip.ParseAddr(from)
		if err != nil {
			return
		}
		peer = peer.Unmap().WithZone("")
		got := forwardedFor(peer, header, trusted)
		if !isTrusted(peer, trusted) && got != peer {
			t.Errorf("%s said %q and is taken for %s", peer, header, got)
		}
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Errorf("%s said %q and is taken for %#v", peer, header, got)
		}
	})
}

// Azure's gateways give addresses a port (learn.microsoft.com/azure/application-gateway/rewrite-http-headers-url).
func TestForwardedWithPorts(t *testing.T) {
	peer, trusted := netip.MustParseAddr("10.0.0.9"), []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for header, want := range map[string]string{
		"192.0.2.1:5678": "192.0.2.1", "198.51.100.1, 192.0.2.1:5678, 10.0.0.2:80": "192.0.2.1", "[2001:db8::1]:443": "2001:db8::1", "192.0.2.1:x": "10.0.0.9",
	} {
		if got := forwardedFor(peer, header, trusted); got.String() != want {
			t.Errorf("%q is of %s, want %s", header, got, want)
		}
	}
}

// FuzzBearer: a token is what follows the scheme, and nothing of another scheme.
func FuzzBearer(f *testing.F) {
	for _, header := range []string{"", "Bearer x", "bearer  x ", "Basic x", "Bearer", "Bearer\tx", "Bearer \xff\x00"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token := bearer(header)
		if token != strings.TrimSpace(token) || !strings.HasSuffix(strings.TrimSpace(header), token) {
			t.Errorf("%q holds %q", header, token)
		}
		if token != "" && (len(header) < 7 || !strings.EqualFold(header[:7], "bearer ")) {
			t.Errorf("%q has a token, %q", header, token)
		}
	})
}

// FuzzRequestID: an id that is taken cannot break a header or a line of the log.
func FuzzRequestID(f *testing.F) {
	for _, id := range []string{"", "abc-1_2.3", "a b", "a\nb", "é", strings.Repeat("a", 65)} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if saneID(id) && (len(id) == 0 || len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"'<>=,;:\`, r) })) {
			t.Errorf("%q is taken", id)
		}
	})
}

// checkFault wants a refusal to be one of the rules.
func checkFault(t *testing.T, err error) {
	t.Helper()
	if k := fault.Of(err).Kind; err != nil && k != fault.Invalid && k != fault.Malformed {
		t.Errorf("refused with %v", err)
	}
}
