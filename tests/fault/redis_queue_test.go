//go:build linux

package fault

import (
	"context"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// stream is the Redis Stream of wake-ups.
const stream = "parley:replies"

// redisQueue is the Redis Stream of wake-ups.
type redisQueue struct{ *rig.Redis }

func (q redisQueue) count() int {
	q.Helper()
	rdb := q.Client()
	defer rdb.Close()
	n, err := rdb.XLen(context.Background(), stream).Result()
	if err != nil {
		q.Fatalf("read the length of the stream: %v", err)
	}
	return int(n)
}

// read returns how many entries the workers' consumer group has ever read. It returns 0
// while the group does not exist.
func (q redisQueue) read() int {
	rdb := q.Client()
	defer rdb.Close()
	groups, err := rdb.XInfoGroups(context.Background(), stream).Result()
	i := slices.IndexFunc(groups, func(g goredis.XInfoGroup) bool { return g.Name == "workers" })
	if err != nil || i < 0 {
		return 0
	}
	return int(groups[i].EntriesRead)
}

// lose deletes all data of Redis.
func (q redisQueue) lose() {
	q.Helper()
	q.Flush()
}
