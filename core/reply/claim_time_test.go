package reply_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

func TestAClaimIsNotBeforeTheRepliesOfItsWakeups(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 600_700_000, time.UTC)
	for name, test := range map[string]struct {
		ahead []time.Duration // when the replies were accepted, after now
		want  time.Duration   // after now, less than a millisecond more
	}{
		"no wake-up":                {nil, 0},
		"an earlier reply":          {[]time.Duration{-time.Minute}, 0},
		"a clock that is ahead":     {[]time.Duration{20 * time.Millisecond}, 20 * time.Millisecond},
		"the same millisecond":      {[]time.Duration{50 * time.Microsecond}, 0},
		"several":                   {[]time.Duration{time.Millisecond, 9 * time.Millisecond, 0}, 9 * time.Millisecond},
		"a clock too far ahead":     {[]time.Duration{time.Hour}, 0},
		"only one is too far ahead": {[]time.Duration{time.Hour, time.Millisecond}, time.Millisecond},
	} {
		var woken []id.ID
		for _, ahead := range test.ahead {
			replyID, err := id.New(now.Add(ahead), rand.Reader)
			if err != nil {
				t.Fatalf("%s: creating an id: %v", name, err)
			}
			woken = append(woken, replyID)
		}
		got, most := reply.ClaimTime(now, woken).Sub(now), test.want
		if most > 0 {
			most += time.Millisecond
		}
		if got < test.want || got > most {
			t.Errorf("%s: ClaimTime is %v after now, want %v to %v", name, got, test.want, most)
		}
	}
}
