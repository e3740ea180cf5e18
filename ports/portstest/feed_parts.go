package portstest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// clone returns a follower with the same copy and position.
func (f *feedFollower) clone() *feedFollower {
	c := *f
	c.rooms = map[id.ID]*roomCopy{}
	for roomID, r := range f.rooms {
		copied := *r
		copied.messages = maps.Clone(r.messages)
		c.rooms[roomID] = &copied
	}
	return &c
}

// idsOf returns the ids of the rooms in a part, and checks their order.
func (t *storeTest) idsOf(changes chat.FeedChanges) (ids []id.ID) {
	t.Helper()
	for _, change := range changes.Rooms {
		ids = append(ids, change.ID)
	}
	for _, list := range [][]id.ID{ids, changes.Deleted} {
		wantEqual(t, "whether the rooms are in the order of their ids", slices.IsSorted(list), true)
	}
	ids = append(ids, changes.Deleted...)
	slices.Sort(ids)
	return ids
}

// feedParts changes rooms until two parts are full, and deletes every third one.
func (t *storeTest) feedParts() {
	owner := t.addUser().ID // without rooms, whose changes could come again
	f := t.newFeedFollower(owner)
	var all []id.ID
	for i := range 2*chat.FeedPageRooms + 5 {
		r := t.addRoomOf(owner, midday)
		all = append(all, r.ID)
		if i%3 == 0 {
			must(t, t.Rooms.Delete(t.ctx, owner, r.ID))
		}
	}
	slices.Sort(all)
	for more := true; more; {
		changes := t.pollPart(f)
		ids := t.idsOf(changes)
		more = changes.More
		wantEqual(t, "the rooms of the part", ids, all[:min(chat.FeedPageRooms, len(all))])
		all = all[len(ids):]
		wantEqual(t, "More", more, len(all) > 0)
		wantEqual(t, "whether the position is between two parts", changes.At.After != "", more)
	}
	t.wantCopy(f)
}

// feedPartBytes changes rooms with up to the longest settings: 50 of them do not fit into one part.
func (t *storeTest) feedPartBytes() {
	owner := t.addUser().ID
	f := t.newFeedFollower(owner)
	for i := range 50 {
		r := t.addRoomOf(owner, midday)
		u := chat.RoomUpdate{Name: new(strings.Repeat("🦉", 100)), SystemPrompt: new(strings.Repeat("🦉", i*80))}
		must(t, errorOf(t.Rooms.Update(t.ctx, owner, r.ID, u)))
	}
	parts := 0
	for more := true; more; parts++ {
		changes := t.pollPart(f)
		more = changes.More
		var lengths []int
		for _, change := range changes.Rooms {
			lengths = append(lengths, len(change.Name)+len(change.SystemPrompt))
		}
		t.checkPageBytes(lengths, 0)
	}
	wantEqual(t, "the number of parts", parts, 2)
	t.wantCopy(f)
}

// longPrompt is the longest system prompt. 16 of them fit into a part.
var longPrompt = strings.Repeat("🦉", 4000)

// addLongRooms adds rooms with a message and longPrompt. It returns groups of 10 of them, in the
// order of their ids.
func (t *storeTest) addLongRooms(owner id.ID, n int) [][]chat.Room {
	t.Helper()
	var rooms []chat.Room
	for range n {
		r := t.addRoomOf(owner, midday)
		must(t, t.sendTo(r))
		must(t, errorOf(t.Rooms.Update(t.ctx, owner, r.ID, chat.RoomUpdate{SystemPrompt: &longPrompt})))
		rooms = append(rooms, r)
	}
	slices.SortFunc(rooms, func(a, b chat.Room) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return slices.Collect(slices.Chunk(rooms, 10))
}

// sendTo sends a message to a room, also beyond the quota of a day.
func (t *storeTest) sendTo(r chat.Room) error {
	d := t.newDraft(r, midday)
	d.Basic = unlimitedTerms
	return errorOf(t.Messages.Accept(t.ctx, d))
}

// changeSome makes changes of each kind to one of the rooms, of which it returns those that remain.
func (t *storeTest) changeSome(rooms []chat.Room) []chat.Room {
	t.Helper()
	must(t, t.rename(rooms[0], fmt.Sprint("Bats ", newID(t))))
	must(t, t.sendTo(rooms[1]))
	must(t, t.sendTo(rooms[2]))
	must(t, t.rename(rooms[2], fmt.Sprint("Bats ", newID(t))))
	must(t, t.Rooms.Delete(t.ctx, rooms[3].Owner, rooms[3].ID))
	return slices.Concat(rooms[:3], rooms[4:])
}

// feedBetweenParts changes and deletes rooms of each part, and adds one, before each part is read.
func (t *storeTest) feedBetweenParts() {
	owner := t.addRoom().Owner
	groups := t.addLongRooms(owner, 50)
	f := t.newFeedFollower(owner)
	for _, r := range slices.Concat(groups...) {
		must(t, t.rename(r, "Bats"))
	}
	parts := 0
	for more := true; more; parts++ {
		for i := range groups {
			groups[i] = t.changeSome(groups[i])
		}
		t.addLongRooms(owner, 1)
		more = t.pollPart(f).More
	}
	if parts < 3 {
		t.Fatalf("the changes have %d parts, want at least 3", parts)
	}
	t.wantCopy(f)
}

// feedResumedParts stops after each part. The follower comes back when other rooms have changed.
func (t *storeTest) feedResumedParts() {
	owner := t.addRoom().Owner
	f := t.newFeedFollower(owner)
	groups := t.addLongRooms(owner, 50)
	away := []*feedFollower{f.clone()}
	for t.pollPart(f).More {
		away = append(away, f.clone())
	}
	for _, group := range groups {
		t.changeSome(group)
	}
	for _, f := range append(away, f) {
		t.wantCopy(f)
	}
}
