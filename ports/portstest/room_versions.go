package portstest

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// RoomVersionsRig is what [RoomVersions] needs: the versions of two processes, which know the
// changes of each other, and the stores of the first one.
type RoomVersionsRig struct {
	Stores
	Here, There ports.RoomVersions
}

// RoomVersions is the contract of ports.RoomVersions.
func RoomVersions(t *testing.T, open func(t *testing.T) RoomVersionsRig) {
	newFixture := func(t *testing.T) *versionsTest {
		rig := open(t)
		return &versionsTest{
			storeTest: newStoreTest(t, rig.Stores),
			here:      rig.Here,
			there:     rig.There,
		}
	}
	runSuite(t, newFixture, []requirement[*versionsTest]{
		{"every change of rooms changes the version in all processes", (*versionsTest).changes},
		{"a version never returns", (*versionsTest).neverReturns},
		{"a refused change keeps the version", (*versionsTest).refused},
		{"a change of one user keeps the versions of most others", (*versionsTest).others},
		{"concurrent changes all count", (*versionsTest).concurrent},
	})
}

// versionsTest is a test of the versions of two processes.
type versionsTest struct {
	*storeTest
	here, there ports.RoomVersions
}

// version returns a version, which must be known.
func (t *versionsTest) version(v ports.RoomVersions, owner id.ID) uint64 {
	t.Helper()
	version, known := v.Version(owner)
	if !known {
		t.Fatal("the version is unknown, want it known while all processes are connected")
	}
	return version
}

// settle waits until this process has received its own announcements, too: a version that
// other processes know does not change any more.
func (t *versionsTest) settle(owner id.ID) (here, there uint64) {
	t.Helper()
	for quiet := 0; quiet < 10; time.Sleep(10 * time.Millisecond) {
		h, o := t.version(t.here, owner), t.version(t.there, owner)
		quiet++
		if h != here || o != there {
			quiet = 0
		}
		here = h
		there = o
	}
	return here, there
}

// wantChange checks that the versions change: at once in the process that calls change, and
// soon in the other one.
func (t *versionsTest) wantChange(owner id.ID, what string, change func()) {
	t.Helper()
	here, there := t.settle(owner)
	change()
	if t.version(t.here, owner) == here {
		t.Errorf("%s: the version is the same in the process that made the change, want another one", what)
	}
	t.awaitChange(what, owner, there)
}

// awaitChange waits until the version in the other process is not before.
func (t *versionsTest) awaitChange(what string, owner id.ID, before uint64) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for t.version(t.there, owner) == before {
		if time.Now().After(deadline) {
			t.Fatalf("%s: the version is the same in the other process after %v, want another one", what, patience)
		}
		time.Sleep(time.Millisecond)
	}
}

func (t *versionsTest) changes() {
	x := t.addEnded(answered, midday)
	t.wantChange(x.Owner, "an edit", func() { t.edit(x.edit("Voles?", midday)) })
	r := t.addRoom()
	nameless := chat.Room{ID: newID(t), Owner: r.Owner, Created: midday, Updated: midday}
	t.wantChange(r.Owner, "a new room", func() { must(t, t.Rooms.Add(t.ctx, nameless)) })
	t.wantChange(r.Owner, "a title", func() {
		must(t, errorOf(t.Conversations.SetTitle(t.ctx, r.Owner, nameless.ID, "Owls")))
	})
	t.wantChange(r.Owner, "a setting", func() {
		must(t, errorOf(t.Rooms.Update(t.ctx, r.Owner, r.ID, chat.RoomUpdate{Name: new("Bats")})))
	})
	draft := t.newKeyedDraft(r, "key", midday)
	t.wantChange(r.Owner, "a message", func() { t.accept(draft) })
	t.wantChange(r.Owner, "the same message again", func() { t.accept(draft) })
	t.wantChange(r.Owner, "a deletion", func() { must(t, t.Rooms.Delete(t.ctx, r.Owner, nameless.ID)) })
	t.wantChange(r.Owner, "an erased account", func() { t.erase(r.Owner) })
}

func (t *versionsTest) neverReturns() {
	r := t.addRoom()
	last := t.version(t.here, r.Owner)
	for range 20 {
		must(t, errorOf(t.Rooms.Update(t.ctx, r.Owner, r.ID, chat.RoomUpdate{Name: new("Bats")})))
		version := t.version(t.here, r.Owner)
		if version <= last {
			t.Fatalf("the version after a change is %d, want more than %d", version, last)
		}
		last = version
	}
}

func (t *versionsTest) refused() {
	r := t.addRoom()
	here, there := t.settle(r.Owner)
	wantError(t, errorOf(t.Rooms.Update(t.ctx, r.Owner, newID(t), chat.RoomUpdate{Name: new("x")})), chat.ErrNotFound)
	wantError(t, t.Rooms.Delete(t.ctx, r.Owner, newID(t)), chat.ErrNotFound)
	unknown := chat.Room{ID: newID(t), Owner: r.Owner}
	wantError(t, errorOf(t.Messages.Accept(t.ctx, t.newDraft(unknown, midday))), chat.ErrNotFound)
	hereNow, thereNow := t.settle(r.Owner)
	wantEqual(t, "the versions", []uint64{hereNow, thereNow}, []uint64{here, there})
}

func (t *versionsTest) others() {
	r := t.addRoom()
	t.settle(r.Owner)
	before := map[id.ID]uint64{}
	for range 100 {
		other := newID(t)
		before[other] = t.version(t.here, other)
	}
	must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID))
	t.settle(r.Owner)
	changed := 0
	for other, version := range before {
		if t.version(t.here, other) != version {
			changed++
		}
	}
	if changed > 1 {
		t.Errorf("a change of one user changed the versions of %d of 100 others, want at most 1", changed)
	}
}

func (t *versionsTest) concurrent() {
	rooms := make([]chat.Room, 50)
	for i := range rooms {
		rooms[i] = t.addRoom()
	}
	t.settle(rooms[0].Owner)
	before := make([]uint64, len(rooms))
	for i, r := range rooms {
		before[i] = t.version(t.there, r.Owner)
	}
	errs := concurrently(len(rooms), func(i int) error {
		return t.Rooms.Delete(t.ctx, rooms[i].Owner, rooms[i].ID)
	})
	for i, err := range errs {
		must(t, err)
		t.awaitChange("a concurrent change", rooms[i].Owner, before[i])
	}
}
