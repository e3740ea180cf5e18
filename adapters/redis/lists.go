package redis

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// listsLife is how old a cached list may be (the HTTP contract: 5 minutes).
const listsLife = 5 * time.Minute

// Lists caches the first page of each owner's rooms, which an app asks for
// whenever it is opened. Later pages are read once, if at all, and would let
// one owner fill Redis with as many of them as there are places to begin.
//
// An owner's pages are a hash, by their limits, with an edition: a random word
// made by the first who reads. A write deletes the hash, and a page is put in
// only under the edition that was there before it was read from the store, so
// that no reader, however slow, puts back what a write has overtaken.
type Lists struct {
	client goredis.UniversalClient
	name   string

	mu       sync.Mutex
	owed     map[id.ID]time.Time // owners whose hash could not be deleted, and when
	settling bool                // settle will run
}

// NewLists returns a cache for NewRooms and NewMessages, which must share it.
func NewLists(client goredis.UniversalClient, name string) *Lists {
	return &Lists{client: client, name: name, owed: map[id.ID]time.Time{}}
}

func (l *Lists) key(owner id.ID) string { return l.name + ":rooms:" + string(owner) }

// entry is a chat.Room as it is cached; a room of another shape would not compile.
type entry struct {
	ID      id.ID     `json:"id"`
	Owner   id.ID     `json:"owner"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	Rev     int64     `json:"rev"`
}

// page returns a cached page, or else the edition to put it under, "" for none.
func (l *Lists) page(ctx context.Context, owner id.ID, limit int) (rooms []chat.Room, edition string, found bool) {
	if ctx.Err() != nil || l.owes(owner) {
		return nil, "", false
	}
	out, err := l.client.HMGet(ctx, l.key(owner), "edition", strconv.Itoa(limit)).Result()
	if err != nil || len(out) != 2 {
		return nil, "", false
	}
	if page, ok := out[1].(string); ok {
		rooms, found = read(page)
	}
	if edition, _ = out[0].(string); edition == "" {
		edition = l.begin(ctx, owner)
	}
	return rooms, edition, found
}

func read(page string) (rooms []chat.Room, ok bool) {
	var entries []entry
	if json.Unmarshal([]byte(page), &entries) != nil {
		return nil, false
	}
	rooms = make([]chat.Room, len(entries))
	for i, e := range entries {
		rooms[i] = chat.Room(e)
	}
	return rooms, true
}

var openPages = goredis.NewScript(`
	if redis.call('HSETNX', KEYS[1], 'edition', ARGV[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
	return redis.call('HGET', KEYS[1], 'edition')`)

// begin returns the edition of an owner's pages, a new one unless there is one by now; "" for none.
func (l *Lists) begin(ctx context.Context, owner id.ID) string {
	edition, _ := openPages.Run(ctx, l.client, []string{l.key(owner)}, rand.Text(), listsLife.Milliseconds()).Text()
	return edition
}

var putPage = goredis.NewScript(`
	if redis.call('HGET', KEYS[1], 'edition') == ARGV[1] then redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) end
	return 0`)

// put keeps a page for as long as its edition has yet to live.
func (l *Lists) put(ctx context.Context, owner id.ID, limit int, edition string, rooms []chat.Room) {
	entries := make([]entry, len(rooms))
	for i, r := range rooms {
		entries[i] = entry(r)
	}
	page, err := json.Marshal(entries)
	if err != nil {
		return
	}
	_ = putPage.Run(ctx, l.client, []string{l.key(owner)}, edition, strconv.Itoa(limit), page).Err() // the next who asks tries again
}

// written drops the owner's lists unless the write was refused. One that failed
// otherwise may have been written all the same.
func (l *Lists) written(ctx context.Context, owner id.ID, err error) {
	if err == nil || fault.Of(err).Kind == fault.Internal {
		l.drop(ctx, owner)
	}
}

// drop forgets an owner's pages. While Redis is away this process serves none of
// that owner's and tries again; another process may serve one for as long as it lives.
func (l *Lists) drop(ctx context.Context, owner id.ID) {
	err := l.client.Del(context.WithoutCancel(ctx), l.key(owner)).Err()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		delete(l.owed, owner)
		return
	}
	l.owed[owner] = time.Now()
	if !l.settling {
		l.settling = true
		time.AfterFunc(pause, l.settle)
	}
}

func (l *Lists) owes(owner id.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, owed := l.owed[owner]
	return owed
}

// settle drops what is owed, until nothing is. What could not be dropped has died by itself after its life.
func (l *Lists) settle() {
	owed := l.debts()
	keys := make([]string, 0, len(owed))
	for owner := range owed {
		keys = append(keys, l.key(owner))
	}
	err := l.client.Del(context.Background(), keys...).Err()
	l.mu.Lock()
	defer l.mu.Unlock()
	for owner, since := range owed {
		if err == nil && l.owed[owner].Equal(since) || errors.Is(err, goredis.ErrClosed) || time.Since(since) > listsLife {
			delete(l.owed, owner)
		}
	}
	if l.settling = len(l.owed) > 0; l.settling {
		time.AfterFunc(pause, l.settle)
	}
}

func (l *Lists) debts() map[id.ID]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.owed)
}
