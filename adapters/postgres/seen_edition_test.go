package postgres

import (
	"strconv"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// What was read before a session ended here is not kept after it.
func TestASightOvertakenByAnEndIsNotKept(t *testing.T) {
	var s seen
	now := time.Now()
	last := sighting{at: now, expires: now.Add(time.Hour)}
	_, edition := s.look("a", now)
	s.forget()
	if s.keep("a", last, edition); len(s.alive) != 0 {
		t.Error("kept, though sessions ended while it was read")
	}
	_, edition = s.look("a", now)
	s.keep("a", last, edition)
	if alive, _ := s.look("a", now); !alive {
		t.Error("not kept")
	}
	for _, at := range []time.Time{now.Add(believed), now.Add(-time.Microsecond)} {
		if alive, _ := s.look("a", at); alive {
			t.Errorf("believed at %s of %s", at, now)
		}
	}
	for n := range 2 * mostSeen {
		s.keep(id.ID(strconv.Itoa(n)), last, edition)
	}
	if len(s.alive) > mostSeen {
		t.Errorf("%d are remembered", len(s.alive))
	}
}
