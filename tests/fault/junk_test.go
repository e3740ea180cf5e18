//go:build linux

package fault

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// noID is of no reply that there is.
const noID = "0198c0de-0000-7000-8000-000000000000"

// junk is entries that are no wake-ups: what nobody sends, and anybody could.
func junk() [][]any {
	all := [][]any{
		{"payload", noID},
		{"_watermill_message_uuid", "x", "metadata", "\xc1", "payload", "{}"},
		{"", ""},
		{"reply", ""},
		{"reply", noID},
		{"reply", noID, "reply", "another"},
		{"reply", "../../etc/passwd"},
		{"reply", 42},
		{"reply", "\x00\xff\xfe\r\n$-1\r\n"},
		{"reply", strings.Repeat("x", 8<<20)},
		{strings.Repeat("reply", 1<<18), noID},
	}
	var many []any
	for n := range 5000 {
		many = append(many, fmt.Sprint("field ", n), noID)
	}
	return append(all, many)
}

// Workers clear away entries that are no wake-ups, and go on with those that
// are; so they do after something else stood where the stream should be.
func TestJunkInTheStream(t *testing.T) {
	s := newStack(t, nil)
	c := s.newCrowd(s.start("api"), 50)
	s.start("worker")
	messages, litter := times(1000, 200), junk()
	s.litter(litter)
	c.send(messages / 2)
	read := s.consumed()
	s.usurp(func() { c.send(messages / 10) })
	s.litter(litter)
	c.send(messages - messages/2 - messages/10)
	again := s.consumed()
	took := c.answered(30 * time.Second)
	t.Logf("%d junk entries among %d wake-ups, of which %d before and %d after the stream was none: %+v, the last answer %s after the last was sent",
		2*len(litter), read+again-2*len(litter), read-len(litter), again-len(litter), c.count(), took.Round(time.Millisecond))
	for _, n := range []int{read, again} {
		if n <= len(litter) {
			t.Errorf("the workers were given %d entries, of which %d were junk", n, len(litter))
		}
	}
}

func (s *stack) litter(entries [][]any) {
	s.Helper()
	client := s.redis.Client()
	defer client.Close()
	for _, e := range entries {
		if err := client.XAdd(context.Background(), &goredis.XAddArgs{Stream: stream, Values: e}).Err(); err != nil {
			s.Fatalf("adding an entry: %v", err)
		}
	}
}

// consumed waits until the workers have read, acknowledged and deleted every
// entry, which nobody else does, and says how many the stream has had.
func (s *stack) consumed() int {
	s.Helper()
	rig.Eventually(s, 20*time.Second, "the stream is empty", func() bool { return s.wakeUps() == 0 })
	client := s.redis.Client()
	defer client.Close()
	groups, err := client.XInfoGroups(context.Background(), stream).Result()
	if err != nil || len(groups) != 1 || groups[0].Pending != 0 {
		s.Fatalf("the stream's groups are %+v, %v", groups, err)
	}
	info, err := client.XInfoStream(context.Background(), stream).Result()
	if err != nil {
		s.Fatalf("looking at the stream: %v", err)
	}
	return int(info.EntriesAdded)
}

// usurp puts a text where the stream should be, for as long as meanwhile takes.
func (s *stack) usurp(meanwhile func()) {
	s.Helper()
	client := s.redis.Client()
	defer client.Close()
	if err := client.Set(context.Background(), stream, "not a stream", 0).Err(); err != nil {
		s.Fatal(err)
	}
	meanwhile()
	if err := client.Del(context.Background(), stream).Err(); err != nil {
		s.Fatal(err)
	}
}
