package postgres

import (
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

var findTurnClasses = load[struct{}]("turn_classes.sql").sql

// arrivalDelay is how much earlier than the latest look at the classes a turn may start that
// this look did not see: by the difference of the clocks, and by the time until its commit. A
// claim finds a turn that starts still earlier after the next look.
const arrivalDelay = 2 * time.Second

// turnClass is a class of turns: those with one head start, either served or not. In a class,
// new turns start later than old ones. So a claim searches the index turns_open from the first
// turn of each class. Without this, it would read past the dead rows of all earlier claims,
// which stay in the index as long as any transaction may see them.
type turnClass struct {
	HeadStart int64 `db:"head_start"` // in microseconds
	Served    bool
}

// firstTurn is the first turn of a class that is open.
type firstTurn struct {
	turnClass
	Since time.Time
	Owner id.ID
}

// isLater reports whether all replies in this turn, and in the later turns of its class, were accepted
// after now. A turn that was served tells only when it was served: its replies may be older.
func (t firstTurn) isLater(now time.Time) bool { return !t.Served && t.Since.After(now) }

// turnClasses knows the classes, and from where to search each of them.
type turnClasses struct {
	mu     sync.Mutex
	floors map[turnClass]time.Time
	looked time.Time // the time of the latest look
}

// isOld reports whether the latest look was a second or more before or after now.
func (c *turnClasses) isOld(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Sub(c.looked).Abs() >= time.Second
}

// set stores the result of a look at now. A class without an open turn stays known.
func (c *turnClasses) set(now time.Time, found []firstTurn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looked = now
	floors := map[turnClass]time.Time{}
	for class := range c.floors {
		floors[class] = now.Add(-arrivalDelay)
	}
	for _, first := range found {
		floors[first.turnClass] = earliest(first.Since, now.Add(-arrivalDelay))
	}
	c.floors = floors
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// fill sets the classes in the parameters of a claim.
func (c *turnClasses) fill(p *claimParams) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.HeadStarts, p.Served, p.Floors = nil, nil, nil
	for class, floor := range c.floors {
		p.HeadStarts = append(p.HeadStarts, class.HeadStart)
		p.Served = append(p.Served, class.Served)
		p.Floors = append(p.Floors, floor)
	}
}
