package session_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/session"
)

// The uses of the tokens of one session follow the rules at any times and in any order.
func TestRotationRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r session.Rotation
		var replaced []time.Time // by number
		now := time.Now()
		for range rapid.IntRange(1, 60).Draw(t, "uses") {
			now = now.Add(time.Duration(rapid.IntRange(0, 11_000).Draw(t, "pause in ms")) * time.Millisecond)
			n := rapid.IntRange(max(0, r.Current-13), r.Current+1).Draw(t, "token")
			got, next, err := r.Use(n, now)
			want := wantUse(r.Current, replaced, n, now)
			if !errors.Is(err, want) {
				t.Fatalf("token %d of %d: error %v, want %v", n, r.Current, err, want)
			}
			if err == nil && n == r.Current {
				replaced = append(replaced, now)
			}
			if err == nil && (got.Number != n+1 || !got.Issued.Equal(replaced[n])) {
				t.Fatalf("token %d of %d: successor %+v, want %d of %s", n, r.Current, got, n+1, replaced[n])
			}
			if next.Current != len(replaced) || len(next.Recent) > 10 {
				t.Fatalf("token %d of %d: rotation %+v, want current %d", n, r.Current, next, len(replaced))
			}
			r = next
		}
	})
}

// wantUse returns the error for token n, when the tokens 0 to current-1 were replaced at these times.
func wantUse(current int, replaced []time.Time, n int, now time.Time) error {
	withinGrace := func(at time.Time) bool { return now.Sub(at) < session.RotationGrace }
	recent := len(slices.DeleteFunc(slices.Clone(replaced), func(at time.Time) bool { return !withinGrace(at) }))
	switch {
	case n > current:
		return session.ErrBadToken
	case n == current && recent >= 10:
		return fault.ErrRateLimited
	case n < current-1 && !withinGrace(replaced[n]):
		return session.ErrReplayed
	}
	return nil
}
