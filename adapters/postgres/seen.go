package postgres

import (
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
)

// seen remembers sessions that were found alive a moment ago, since an app looks
// at its rooms many times in a row.
type seen struct {
	mu      sync.Mutex
	edition int // of what has ended here: a session read before something did is not kept
	alive   map[id.ID]sighting
}

type sighting struct{ at, expires time.Time }

// look says whether a session is alive for certain, and under which edition to keep it if not.
func (s *seen) look(session id.ID, now time.Time) (alive bool, edition int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.alive[session]
	return known && !now.Before(last.at) && now.Sub(last.at) < believed && now.Before(last.expires), s.edition
}

func (s *seen) keep(session id.ID, found sighting, edition int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.edition != edition {
		return
	}
	if s.alive == nil || len(s.alive) >= mostSeen {
		s.alive = map[id.ID]sighting{}
	}
	s.alive[session] = found
}

// forget comes after sessions were ended, so that no one's last sight of them stays.
func (s *seen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edition++
	clear(s.alive)
}
