package reply_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// at returns the time that many seconds after noon.
func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

const headStart = 30 * time.Second

// claimOrder returns which of two users is served first, each with one claimable reply.
func claimOrder(a, b reply.Turn) string {
	q := queueOf(newDue("a", "a", 0), newDue("b", "b", 0))
	q.Turns = map[id.ID]*reply.Turn{"a": &a, "b": &b}
	return idsOf(q.Schedule(at(100), 2, 0))
}

// arrived returns the turn of a user without replies who sends a message.
func arrived(second int, headStart time.Duration) (t reply.Turn) {
	t.Arrive(at(second), headStart, false)
	return t
}

// served returns the turn of a user who was served, and has more replies.
func served(second int, headStart time.Duration) (t reply.Turn) {
	t.Arrive(at(second-1), headStart, false)
	t.Serve(at(second), false, true)
	return t
}

func TestTurns(t *testing.T) {
	for name, c := range map[string]struct {
		a, b reply.Turn
		want string
	}{
		"first come, first served":               {arrived(1, 0), arrived(0, 0), "[b a]"},
		"Pro passes Basic within the head start": {arrived(0, 0), arrived(29, headStart), "[b a]"},
		"Pro does not pass Basic after it":       {arrived(0, 0), arrived(31, headStart), "[a b]"},
		"Pro with more replies passes Basic":     {arrived(0, 0), served(29, headStart), "[b a]"},
		"nobody starves because of Pro":          {arrived(0, 0), served(31, headStart), "[a b]"},
		"a backlog yields to a newcomer":         {served(1, 0), arrived(30, 0), "[b a]"},
		"nobody starves because of newcomers":    {served(1, 0), arrived(32, 0), "[a b]"},
		"a Pro backlog yields to a Pro newcomer": {served(1, headStart), arrived(30, headStart), "[b a]"},
		"backlogs take turns":                    {served(2, 0), served(1, 0), "[b a]"},
	} {
		if got := claimOrder(c.a, c.b); got != c.want {
			t.Errorf("%s: claimed %s, want %s", name, got, c.want)
		}
	}
}

// A Pro user was served, and sends again. The new message has the head start (ADR 3).
func TestHeadStartAfterAClaim(t *testing.T) {
	pro := served(39, headStart)
	pro.Arrive(at(40), headStart, false)
	if got := claimOrder(arrived(20, 0), pro); got != "[b a]" {
		t.Errorf("claimed %s, want Pro, b, before Basic who waits for 20 s", got)
	}
}

// A user who upgrades while replies wait keeps the turn and gets the head start.
func TestUpgradeWhileWaiting(t *testing.T) {
	turn := arrived(0, 0)
	turn.Arrive(at(9), headStart, true)
	if want := (reply.Turn{Since: at(0), HeadStart: headStart}); turn != want {
		t.Errorf("turn is %+v, want %+v", turn, want)
	}
}

func TestClaimsAtOneTimeAreOrdered(t *testing.T) {
	turn := arrived(0, 0)
	turn.Serve(at(0), false, false)
	first := turn.Since
	turn.Serve(at(0), true, false)
	if !first.Before(turn.Since) || !turn.AtLimit {
		t.Errorf("after a second claim the turn is %+v, want a later time and the limit reached", turn)
	}
}

// At the limit, the wake-ups for further replies find no free slot. So when a slot becomes free,
// a worker must be woken for them.
func TestDeferred(t *testing.T) {
	turn := arrived(0, 0)
	for i, step := range []struct {
		change func()
		want   bool
	}{
		{func() { turn.Serve(at(1), false, true) }, false},
		{func() { turn.Serve(at(2), true, true) }, true},
		{func() { turn.Serve(at(3), false, true) }, true},
		{func() { turn.Serve(at(4), true, false) }, false},
		{func() { turn.Arrive(at(5), 0, false) }, true},
		{func() { turn.Serve(at(6), false, false) }, false},
	} {
		step.change()
		if turn.Deferred != step.want {
			t.Errorf("after step %d Deferred is %v, want %v", i, turn.Deferred, step.want)
		}
	}
}

// The next reply of a room can be claimed when the one before has ended. The user waits from then
// on. A user who was waiting keeps the place.
func TestRelease(t *testing.T) {
	for name, c := range map[string]struct {
		waiting, atLimit bool
		want             time.Time
	}{
		"nothing else was claimable": {want: at(20)},
		"the user was waiting":       {waiting: true, want: at(1)},
		"the user was at the limit":  {waiting: true, atLimit: true, want: at(20)},
	} {
		turn := served(1, 0)
		turn.AtLimit = c.atLimit
		turn.Release(at(20), c.waiting)
		if turn.Since != c.want || turn.AtLimit {
			t.Errorf("%s: after Release the turn is %+v, want Since %s below the limit", name, turn, c.want)
		}
	}
}
