package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// generationField is the field of the hash with the generation. The scripts use it, too.
// Its name is that of earlier versions of Parley, which share the hash during a deploy.
const generationField = "edition"

// pageTTL is the maximum age of a cached page. The HTTP contract allows 5 minutes.
const pageTTL = 5 * time.Minute

// RoomListCache caches the first page of each owner's rooms, because an app requests
// this page whenever it starts. It does not cache later pages: they are rarely read
// twice, and one owner could fill Redis with a page per cursor.
//
// An owner's pages are in one hash, with a field for each limit. Another field is the
// generation, a random text that the first reader sets. A write deletes the hash. A
// reader stores its page only if the generation has not changed since the reader looked
// up the page, before it read the store. So it cannot store a page older than a write.
type RoomListCache struct {
	client    goredis.UniversalClient
	keyPrefix string

	mu       sync.Mutex
	dirty    map[id.ID]time.Time // owners whose hash could not be deleted, with the time of the last failure
	retrying bool                // retryInvalidate is scheduled
}

// NewRoomListCache returns a cache. All types that use one must share it.
func NewRoomListCache(client goredis.UniversalClient, keyPrefix string) *RoomListCache {
	return &RoomListCache{client: client, keyPrefix: keyPrefix, dirty: map[id.ID]time.Time{}}
}

// key returns the key of an owner's hash.
func (c *RoomListCache) key(owner id.ID) string { return c.keyPrefix + ":rooms:" + string(owner) }

// cachedPage is the result of RoomListCache.get.
type cachedPage struct {
	rooms      []chat.Room
	found      bool   // whether rooms is valid
	generation string // for put; "" if the page cannot be cached now
}

// get looks up the first page of an owner's rooms with this limit. On error it finds no page.
func (c *RoomListCache) get(ctx context.Context, owner id.ID, limit int) (page cachedPage) {
	if ctx.Err() != nil || c.isDirty(owner) {
		return cachedPage{}
	}
	fields, err := c.client.HMGet(ctx, c.key(owner), generationField, pageField(limit)).Result()
	if err != nil || len(fields) != 2 {
		return cachedPage{}
	}
	if encoded, ok := fields[1].(string); ok {
		page.rooms, page.found = decodeRooms(encoded)
	}
	page.generation, _ = fields[0].(string)
	if page.generation == "" {
		page.generation = c.generation(ctx, owner)
	}
	return page
}

// generation returns the generation of an owner's pages, and sets a new one if none
// exists. It returns "" on error.
func (c *RoomListCache) generation(ctx context.Context, owner id.ID) string {
	ttl := pageTTL.Milliseconds()
	generation, _ := beginPagesScript.Run(ctx, c.client, []string{c.key(owner)}, rand.Text(), ttl).Text()
	return generation
}

// put stores a page unless the generation has changed. The page expires together with
// the other pages of the generation. put does not store a page over maxPageBytes. It ignores
// errors: the next reader tries again.
func (c *RoomListCache) put(ctx context.Context, owner id.ID, limit int, generation string, rooms []chat.Room) {
	page, err := encodeRooms(rooms)
	if err != nil || len(page) > maxPageBytes {
		return
	}
	_ = putPageScript.Run(ctx, c.client, []string{c.key(owner)}, generation, pageField(limit), page).Err()
}

// afterWrite invalidates the owner's pages after a write to the store that returned err.
// It does nothing if the write was refused. A write that failed with an internal error
// may have been committed.
func (c *RoomListCache) afterWrite(ctx context.Context, owner id.ID, err error) {
	if err == nil || fault.Of(err).Kind == fault.Internal {
		c.invalidate(ctx, owner)
	}
}

// invalidate deletes an owner's pages, even if ctx has ended. If the deletion fails,
// this process stops using the owner's pages and retries the deletion in the background.
// Another process may use an old page until the page expires.
func (c *RoomListCache) invalidate(ctx context.Context, owner id.ID) {
	err := c.client.Del(context.WithoutCancel(ctx), c.key(owner)).Err()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		delete(c.dirty, owner)
		return
	}
	c.dirty[owner] = time.Now()
	if !c.retrying {
		c.retrying = true
		time.AfterFunc(retryInterval, c.retryInvalidate)
	}
}

func (c *RoomListCache) isDirty(owner id.ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, dirty := c.dirty[owner]
	return dirty
}

// retryInvalidate deletes the pages of all dirty owners, and schedules itself again
// while owners are dirty. After pageTTL an owner is no longer dirty, because the pages
// have expired. After the client was closed, no owner is.
func (c *RoomListCache) retryInvalidate() {
	owners := c.dirtyOwners()
	keys := make([]string, 0, len(owners))
	for owner := range owners {
		keys = append(keys, c.key(owner))
	}
	err := c.client.Del(context.Background(), keys...).Err()
	closed := errors.Is(err, goredis.ErrClosed)
	c.mu.Lock()
	defer c.mu.Unlock()
	for owner, since := range owners {
		deleted := err == nil && c.dirty[owner].Equal(since) // not equal: another deletion has failed since
		if deleted || closed || time.Since(since) > pageTTL {
			delete(c.dirty, owner)
		}
	}
	c.retrying = len(c.dirty) > 0
	if c.retrying {
		time.AfterFunc(retryInterval, c.retryInvalidate)
	}
}

// dirtyOwners returns a copy of dirty.
func (c *RoomListCache) dirtyOwners() map[id.ID]time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.dirty)
}
