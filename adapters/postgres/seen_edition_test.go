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
	_, l, _ := s.look("a", now)
	s.forget()
	if s.keep(l, sight("a"), nil); len(s.alive) != 0 {
		t.Error("kept, though sessions ended while it was read")
	}
	_, l, _ = s.look("a", now)
	s.keep(l, sight("a"), nil)
	if alive, _, _ := s.look("a", now); !alive {
		t.Error("not kept")
	}
	for _, at := range []time.Time{now.Add(believed), now.Add(-time.Microsecond)} {
		alive, l, _ := s.look("a", at)
		if alive {
			t.Fatalf("believed at %s of %s", at, now)
		}
		s.keep(l, sight("a"), nil)
	}
	for n := range 2 * mostSeen {
		other := id.ID(strconv.Itoa(n))
		_, l, _ := s.look(other, now)
		s.keep(l, sight(other), nil)
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
	s.alive = map[id.ID]*sighting{
		"old":   {at: at(0), expires: at(time.Hour)},
		"gone":  {at: at(0), expires: at(time.Hour)},
		"idle":  {at: at(0), expires: at(time.Hour), used: at(-inUse)},
		"fresh": {at: at(believed / 2), expires: at(time.Hour)},
	}
	for _, used := range []id.ID{"old", "gone", "fresh"} {
		if alive, _, _ := s.look(used, at(believed/2)); !alive {
			t.Errorf("%s is not alive", used)
		}
	}
	later := at(believed * 3 / 4)
	_, l, _ := s.look("new", later)
	if slices.Sort(l.ask[1:]); !slices.Equal(l.ask, []id.ID{"new", "gone", "old"}) {
		t.Errorf("looked up %q", l.ask)
	}
	s.keep(l, map[id.ID]*sighting{"new": {at: later, expires: at(time.Hour), used: later}, "old": {at: later, expires: at(time.Hour), used: later}}, nil)
	if used := s.alive["old"].used; !used.Equal(at(believed / 2)) {
		t.Errorf("last used %s after the beginning", used.Sub(began))
	}
	for session, want := range map[id.ID]bool{"new": true, "old": true, "gone": false, "idle": false, "fresh": true} {
		if alive, _, _ := s.look(session, at(believed+believed/4)); alive != want {
			t.Errorf("%s alive: %t", session, alive)
		}
	}
}

// Nobody looks up what is being looked up; but a session that ends meanwhile is looked up anew.
func TestACrowdIsOneLook(t *testing.T) {
	now := time.Now()
	s := seen{alive: map[id.ID]*sighting{"a": {used: now}, "b": {used: now}}}
	_, first, leads := s.look("a", now)
	if !leads || len(first.ask) != 2 {
		t.Fatalf("looked up %q", first.ask)
	}
	if _, l, leads := s.look("b", now); leads || l != first {
		t.Errorf("b is looked up twice: %q", l.ask)
	}
	if _, l, leads := s.look("c", now); !leads || !slices.Equal(l.ask, []id.ID{"c"}) {
		t.Errorf("c led %t to look up %q", leads, l.ask)
	}
	s.forget()
	_, second, leads := s.look("b", now)
	if !leads {
		t.Error("b is believed by a look from before an end")
	}
	s.keep(first, map[id.ID]*sighting{}, nil)
	if _, l, leads := s.look("b", now); leads || l != second {
		t.Error("the end of one look hides another")
	}
	<-first.over
}
