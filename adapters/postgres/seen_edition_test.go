package postgres

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// What was read before a session ended here is not kept after it.
func TestASightOvertakenByAnEndIsNotKept(t *testing.T) {
	var s seen
	now := time.Now()
	sight := func(all ...id.ID) map[id.ID]*sighting {
		found := map[id.ID]*sighting{}
		for _, a := range all {
			found[a] = &sighting{at: now, expires: now.Add(time.Hour)}
		}
		return found
	}
	_, ask, edition := s.look("a", now)
	s.forget()
	if s.keep(ask, sight("a"), edition); len(s.alive) != 0 {
		t.Error("kept, though sessions ended while it was read")
	}
	_, ask, edition = s.look("a", now)
	s.keep(ask, sight("a"), edition)
	if alive, _, _ := s.look("a", now); !alive {
		t.Error("not kept")
	}
	for _, at := range []time.Time{now.Add(believed), now.Add(-time.Microsecond)} {
		if alive, _, _ := s.look("a", at); alive {
			t.Errorf("believed at %s of %s", at, now)
		}
	}
	for n := range 2 * mostSeen {
		other := id.ID(strconv.Itoa(n))
		s.keep([]id.ID{other}, sight(other), edition)
	}
	if len(s.alive) > mostSeen {
		t.Errorf("%d are remembered", len(s.alive))
	}
}

// Whoever must be looked up takes along those who are in use and were not seen for
// half of what is believed, which is no use of them. Who is gone by then is gone at once.
func TestOneLooksUpForOthers(t *testing.T) {
	var s seen
	began := time.Now()
	at := func(after time.Duration) time.Time { return began.Add(after) }
	s.keep(nil, map[id.ID]*sighting{
		"old":   {at: at(0), expires: at(time.Hour)},
		"gone":  {at: at(0), expires: at(time.Hour)},
		"idle":  {at: at(0), expires: at(time.Hour), used: at(-inUse)},
		"fresh": {at: at(believed / 2), expires: at(time.Hour)},
	}, 0)
	for _, used := range []id.ID{"old", "gone", "fresh"} {
		if alive, _, _ := s.look(used, at(believed/2)); !alive {
			t.Errorf("%s is not alive", used)
		}
	}
	later := at(believed * 3 / 4)
	_, ask, edition := s.look("new", later)
	if slices.Sort(ask[1:]); !slices.Equal(ask, []id.ID{"new", "gone", "old"}) {
		t.Errorf("looked up %q", ask)
	}
	s.keep(ask, map[id.ID]*sighting{"new": {at: later, expires: at(time.Hour), used: later}, "old": {at: later, expires: at(time.Hour), used: later}}, edition)
	if used := s.alive["old"].used; !used.Equal(at(believed / 2)) {
		t.Errorf("last used %s after the beginning", used.Sub(began))
	}
	for session, want := range map[id.ID]bool{"new": true, "old": true, "gone": false, "idle": false, "fresh": true} {
		if alive, _, _ := s.look(session, at(believed+believed/4)); alive != want {
			t.Errorf("%s alive: %t", session, alive)
		}
	}
}
