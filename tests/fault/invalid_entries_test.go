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

// unknownID is the id of no reply.
const unknownID = "0198c0de-0000-7000-8000-000000000000"

// invalidEntries returns entries that are not wake-ups of a reply. Parley does not add such
// entries, but every client of Redis can.
func invalidEntries() [][]any {
	entries := [][]any{
		{"payload", unknownID},
		{"_watermill_message_uuid", "x", "metadata", "\xc1", "payload", "{}"},
		{"", ""},
		{"reply", ""},
		{"reply", unknownID},
		{"reply", unknownID, "reply", "another"},
		{"reply", "../../etc/passwd"},
		{"reply", 42},
		{"reply", "\x00\xff\xfe\r\n$-1\r\n"},
		{"reply", strings.Repeat("x", 8<<20)},
		{strings.Repeat("reply", 1<<18), unknownID},
	}
	var manyFields []any
	for i := range 5000 {
		manyFields = append(manyFields, fmt.Sprint("field ", i), unknownID)
	}
	return append(entries, manyFields)
}

// Workers delete invalid entries and continue with valid ones. They also do so after the
// stream was temporarily replaced by a string.
func TestInvalidStreamEntriesAreSkipped(t *testing.T) {
	s := newStack(t, nil)
	l := s.newLoad(s.start("api"), 50)
	s.start("worker")
	messages, invalid := times(1000, 200), invalidEntries()
	s.addEntries(invalid)
	l.send(messages / 2)
	before := s.waitStreamEmpty()
	s.replaceStream(func() { l.send(messages / 10) })
	s.addEntries(invalid)
	l.send(messages - messages/2 - messages/10)
	after := s.waitStreamEmpty()
	took := l.checkAnswered(30 * time.Second)
	t.Logf("%d invalid entries; %d wake-ups read before and %d after the stream was replaced: %+v; "+
		"last answer %s after the last send", 2*len(invalid), before-len(invalid), after-len(invalid),
		l.count(), took.Round(time.Millisecond))
	for _, read := range []int{before, after} {
		if read <= len(invalid) {
			t.Errorf("workers read %d entries, want more than the %d invalid ones", read, len(invalid))
		}
	}
}

func (s *stack) addEntries(entries [][]any) {
	s.Helper()
	rdb := s.redis.Client()
	defer rdb.Close()
	for _, e := range entries {
		if err := rdb.XAdd(context.Background(), &goredis.XAddArgs{Stream: stream, Values: e}).Err(); err != nil {
			s.Fatalf("add an entry to the stream: %v", err)
		}
	}
}

// waitStreamEmpty waits until the workers have read, acknowledged and deleted all entries. It
// returns how many entries the stream ever had.
func (s *stack) waitStreamEmpty() int {
	s.Helper()
	rig.Eventually(s, 20*time.Second, "the stream is empty", func() bool { return s.wakeups.count() == 0 })
	rdb := s.redis.Client()
	defer rdb.Close()
	groups, err := rdb.XInfoGroups(context.Background(), stream).Result()
	if err != nil || len(groups) != 1 || groups[0].Pending != 0 {
		s.Fatalf("consumer groups of the stream: %+v, error %v; want one without pending entries", groups, err)
	}
	info, err := rdb.XInfoStream(context.Background(), stream).Result()
	if err != nil {
		s.Fatalf("read the information about the stream: %v", err)
	}
	return int(info.EntriesAdded)
}

// replaceStream replaces the stream by a string, calls during, and deletes the string.
func (s *stack) replaceStream(during func()) {
	s.Helper()
	rdb := s.redis.Client()
	defer rdb.Close()
	if err := rdb.Set(context.Background(), stream, "not a stream", 0).Err(); err != nil {
		s.Fatalf("replace the stream by a string: %v", err)
	}
	during()
	if err := rdb.Del(context.Background(), stream).Err(); err != nil {
		s.Fatalf("delete the string: %v", err)
	}
}
