package httpapi

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

func newTestCache(t *testing.T) *roomCache {
	c := newRoomCache(nil, nil)
	t.Cleanup(c.close)
	return c
}

// responseOf returns a response with a body of n bytes.
func responseOf(n int) *cachedResponse { return &cachedResponse{body: []byte(strings.Repeat("x", n))} }

var list = target{path: "/chatroom"}

func TestAResponseCountsOnlyForItsVersion(t *testing.T) {
	c := newTestCache(t)
	c.put("ada", 7, list, responseOf(10))
	if c.get("ada", 7, list) == nil {
		t.Error("the response is missing for its version")
	}
	for _, version := range []uint64{6, 8} {
		if c.get("ada", version, list) != nil {
			t.Errorf("a response of version 7 was found for version %d", version)
		}
	}
	if c.get("bob", 7, list) != nil {
		t.Error("the response of one user was found for another one")
	}
	c.put("ada", 8, target{path: "/chatroom/x"}, responseOf(10))
	if c.get("ada", 8, list) != nil {
		t.Error("a response of version 7 was found for version 8 after another response was added")
	}
}

func TestResponsesExpireTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newRoomCache(nil, nil)
		defer c.close()
		c.put("ada", 1, list, responseOf(10))
		time.Sleep(ports.MaxRoomAge - time.Second)
		c.put("ada", 1, target{path: "/chatroom/x"}, responseOf(10))
		if c.get("ada", 1, list) == nil {
			t.Error("the response is missing a second before it expires")
		}
		time.Sleep(time.Second)
		if c.get("ada", 1, list) != nil {
			t.Errorf("the response is older than %v, want it expired", ports.MaxRoomAge)
		}
	})
}

// A user with many pages must not take the place of others.
func TestTheResponsesOfOneUserAreLimited(t *testing.T) {
	c := newTestCache(t)
	const size = 1000
	for i := range 10 * maxOwnerBytes / size {
		page := target{path: "/chatroom", query: fmt.Sprint("cursor=", i)}
		c.put("ada", 1, page, responseOf(size))
		if c.get("ada", 1, page) == nil {
			t.Fatalf("page %d is missing after it was added", i)
		}
	}
	cached, _ := c.owners.GetIfPresent("ada")
	if cached.bytes > maxOwnerBytes || cached.bytes != size*len(cached.responses) {
		t.Errorf("%d responses with %d bytes are cached, want at most %d bytes, and %d in each",
			len(cached.responses), cached.bytes, maxOwnerBytes, size)
	}
	c.put("bob", 1, list, responseOf(maxOwnerBytes+1))
	if c.get("bob", 1, list) != nil {
		t.Errorf("a response of more than %d bytes is cached", maxOwnerBytes)
	}
}

func TestAllResponsesTogetherAreLimited(t *testing.T) {
	c := newTestCache(t)
	for i := range 2 * maxRoomCacheBytes / maxOwnerBytes {
		c.put(id.ID(fmt.Sprint("user ", i)), 1, list, responseOf(maxOwnerBytes-ownerOverhead))
	}
	c.owners.CleanUp()
	if got := c.owners.WeightedSize(); got > maxRoomCacheBytes {
		t.Errorf("%d bytes are cached, want at most %d", got, maxRoomCacheBytes)
	}
}
