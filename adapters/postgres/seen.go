package postgres

import (
	"maps"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

const (
	// believed is how long a session found alive is not looked up again: one that
	// another process ends opens nothing here a second later.
	believed = time.Second
	// mostSeen bounds the sessions that are remembered; more begin anew.
	mostSeen = 10_000
	// inUse is how long after its last use a session is looked up along with others.
	inUse = 10 * time.Second
	// mostPassed bounds how many of them one look passes on its way to those to look up with it.
	mostPassed = 512
)

// seen remembers sessions that were found alive a moment ago, since an app looks
// at its rooms many times in a row. Whoever has to look one up looks up others
// with it that are in use and were not seen for half of what is believed, so that
// the statements do not grow with the people; and who comes for one of them
// meanwhile waits for that look, so that a crowd that comes at once is one look, too.
type seen struct {
	mu      sync.Mutex
	edition int // of what has ended here: a session read before something did is not kept
	alive   map[id.ID]*sighting
	under   map[id.ID]*look // under way, by the sessions that are looked up
}

type sighting struct{ at, expires, used time.Time }

// look is one statement for some sessions. What it found or why it failed is there
// when it is over; neither, when who led it left.
type look struct {
	ask     []id.ID // the leader's first
	edition int
	over    chan struct{}
	found   map[id.ID]*sighting
	err     error
}

// look says whether a session is alive for certain, and if not by which look that
// will be known, and whether the caller leads it: has to do it, and then call keep.
func (s *seen) look(session id.ID, now time.Time) (alive bool, l *look, leads bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.alive[session]; last != nil {
		if last.used = now; last.holds(now, believed) {
			return true, nil, false
		}
	}
	if l = s.under[session]; l != nil && l.edition == s.edition {
		return false, l, false
	}
	l = &look{ask: append([]id.ID{session}, s.stale(session, now)...), edition: s.edition, over: make(chan struct{})}
	if s.under == nil {
		s.under = map[id.ID]*look{}
	}
	for _, asked := range l.ask {
		s.under[asked] = l
	}
	return false, l, true
}

// stale are others that should be looked up by now, and are not yet.
func (s *seen) stale(session id.ID, now time.Time) (others []id.ID) {
	passed := 0
	for other, last := range s.alive {
		if passed++; passed > mostPassed {
			break
		}
		if other != session && s.under[other] == nil && now.Sub(last.used) < inUse && !last.holds(now, believed/2) {
			others = append(others, other)
		}
	}
	return others
}

// holds says whether the session is alive, going by a sight no older than that.
func (s *sighting) holds(now time.Time, believed time.Duration) bool {
	return !now.Before(s.at) && now.Sub(s.at) < believed && now.Before(s.expires)
}

// keep takes in what a look has come to, and lets those go on who wait for it.
func (s *seen) keep(l *look, found map[id.ID]*sighting, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, asked := range l.ask {
		if s.under[asked] == l {
			delete(s.under, asked)
		}
	}
	if l.found, l.err = found, err; found != nil && s.edition == l.edition {
		s.remember(l)
	}
	close(l.over)
}

func (s *seen) remember(l *look) {
	if s.alive == nil || len(s.alive)+len(l.found) > mostSeen {
		s.alive = map[id.ID]*sighting{}
	}
	for _, session := range l.ask {
		if last, sight := s.alive[session], l.found[session]; last != nil && sight != nil {
			sight.used = last.used
		}
		delete(s.alive, session)
	}
	maps.Copy(s.alive, l.found)
}

// forget comes after sessions were ended, so that no one's last sight of them stays.
func (s *seen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edition++
	clear(s.alive)
}
