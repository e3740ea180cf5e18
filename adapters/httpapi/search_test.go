package httpapi

import (
	"math"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/text"
)

// An accepted cursor of a search is exactly what encodeSearch returns.
func FuzzSearchCursor(f *testing.F) {
	q, err := text.NewQuery("owls")
	if err != nil {
		f.Fatalf("create a query: %v", err)
	}
	for _, p := range []chat.SearchPosition{
		{Created: time.UnixMicro(0), Room: fuzzRoom},
		{Created: time.UnixMicro(math.MaxInt64), Room: fuzzRoom, Born: math.MaxInt64},
		{Created: time.Date(2026, 1, 5, 9, 30, 0, 123_000, time.UTC), Room: fuzzRoom, Born: 7},
	} {
		f.Add(encodeSearch(fuzzOwner, q, p), false)
	}
	f.Add(encodeSearch(fuzzOwner, text.Query{}, chat.SearchPosition{Room: fuzzRoom}), false)
	f.Add("s|"+string(fuzzOwner)+"|"+hashOf(q)+"|1|"+string(fuzzRoom)+"|-1", true)
	f.Add("s|"+string(fuzzOwner)+"|"+hashOf(q)+"|+1|"+string(fuzzRoom)+"|1", true)
	f.Add("s|"+string(fuzzOwner)+"|"+hashOf(q)+"|1||1", true)
	spec := cursorSpec{param: "cursor", kind: searchCursor, listID: fuzzOwner}
	f.Fuzz(func(t *testing.T, cursor string, plain bool) {
		cursor = toCursor(cursor, plain)
		p, err := spec.decodeSearch(cursor, q)
		if err == nil && (p.Born < 0 || encodeSearch(fuzzOwner, q, p) != cursor) {
			t.Errorf("cursor %q was accepted as %+v", cursor, p)
		}
		checkFault(t, err)
	})
}
