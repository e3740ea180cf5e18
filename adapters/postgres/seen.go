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
// the statements do not grow with the people.
type seen struct {
	mu      sync.Mutex
	edition int // of what has ended here: a session read before something did is not kept
	alive   map[id.ID]*sighting
}

type sighting struct{ at, expires, used time.Time }

// look says whether a session is alive for certain, and if not which ones to look
// up, itself the first, and under which edition to keep them.
func (s *seen) look(session id.ID, now time.Time) (alive bool, ask []id.ID, edition int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.alive[session]; last != nil {
		if last.used = now; last.holds(now, believed) {
			return true, nil, 0
		}
	}
	ask = append(ask, session)
	passed := 0
	for other, last := range s.alive {
		if passed++; passed > mostPassed {
			break
		}
		if other != session && now.Sub(last.used) < inUse && !last.holds(now, believed/2) {
			ask = append(ask, other)
		}
	}
	return false, ask, s.edition
}

// holds says whether the session is alive, going by a sight no older than that.
func (s *sighting) holds(now time.Time, believed time.Duration) bool {
	return !now.Before(s.at) && now.Sub(s.at) < believed && now.Before(s.expires)
}

// keep takes in what became of those that were looked up.
func (s *seen) keep(asked []id.ID, found map[id.ID]*sighting, edition int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.edition != edition {
		return
	}
	if s.alive == nil || len(s.alive)+len(found) > mostSeen {
		s.alive = map[id.ID]*sighting{}
	}
	for _, session := range asked {
		if last, sight := s.alive[session], found[session]; last != nil && sight != nil {
			sight.used = last.used
		}
		delete(s.alive, session)
	}
	maps.Copy(s.alive, found)
}

// forget comes after sessions were ended, so that no one's last sight of them stays.
func (s *seen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edition++
	clear(s.alive)
}
