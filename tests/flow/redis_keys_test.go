package flow

import (
	"context"
	"maps"
	"regexp"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/tests/client"
)

// redisKeys are the patterns of all keys in Redis, with the reason why they are not in an export
// (GET /user/me/export).
var redisKeys = map[string]string{
	`:limit:`:               "counts of requests with numbers, ids and addresses; they expire with their windows",
	`:live:[0-9a-f-]+(:|$)`: "the last text of a room, for a minute; the store has it when the reply is final",
	`:replies$`:             "wake-ups of the job queue: ids of replies, which are exported",
}

// Everything about a user must be exported, also what later versions keep in Redis.
func TestEveryKeyInRedisIsListed(t *testing.T) {
	c := stackConfig(t, newSchema(t), true)
	useStack(t, append(c, "RATE_LIMITS", ""))
	p := start(t, config(t))
	d := p.tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	w, path := d.sendStreamed(room, "hello")
	w.Rest()
	d.Wait(path)
	d.changeNumber(client.Number())
	d.export()
	options, err := goredis.ParseURL(c[3])
	if err != nil {
		t.Fatalf("parse the URL of Redis: %v", err)
	}
	redis := goredis.NewClient(options)
	defer redis.Close()
	keys, err := redis.Keys(context.Background(), "*").Result()
	if err != nil || len(keys) == 0 {
		t.Fatalf("the keys are %q, %v, want some", keys, err)
	}
	unused := maps.Clone(redisKeys)
	for _, key := range keys {
		pattern := patternOf(key)
		if pattern == "" {
			t.Errorf("the key %s is not listed: export its data, or add its pattern to redisKeys", key)
		}
		delete(unused, pattern)
	}
	if len(unused) > 0 {
		t.Errorf("no key matches %v in %q, so the test does not cover them", unused, keys)
	}
}

// patternOf returns the pattern in redisKeys of a key, and "" if there is none.
func patternOf(key string) string {
	for pattern := range redisKeys {
		if regexp.MustCompile(pattern).MatchString(key) {
			return pattern
		}
	}
	return ""
}
