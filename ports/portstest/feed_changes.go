package portstest

import (
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// feedStep makes one change of a room.
type feedStep struct {
	name string
	run  func()
}

// feedSteps returns one step for each kind of change. They must run in this order.
func (t *storeTest) feedSteps(r chat.Room) []feedStep {
	x := exchange{Room: r}
	var task reply.Task
	return []feedStep{
		{"Update of the name", func() { must(t, t.rename(r, "Bats")) }},
		{"Update of the system prompt", func() {
			must(t, errorOf(t.Rooms.Update(t.ctx, r.Owner, r.ID, chat.RoomUpdate{SystemPrompt: new("")})))
		}},
		{"Accept", func() { x = t.addExchange(r, midday) }},
		{"Claim", func() { task = t.wantClaim(midday, x.reply) }},
		{"Finish for a retry", func() { t.finish(task, retryAt(midday), midday) }},
		{"a second Claim", func() { task = t.wantClaim(midday, x.reply) }},
		{"Finish", func() { t.finish(task, answered, midday) }},
		{"Edit", func() { t.edit(x.edit("Bats?", midday)) }},
		{"Cancel", func() { t.cancel(x.stop(midday)) }},
		{"Retry", func() { t.retry(x.again(midday)) }},
		{"a Claim after Retry", func() { task = t.wantClaim(midday, x.reply) }},
		{"a Claim after the lease", func() { task = t.wantClaim(midday.Add(reply.Lease), x.reply) }},
		{"Finish after Cancel", func() {
			t.cancel(x.stop(midday))
			t.finish(task, stopped, midday)
		}},
		{"a second Accept", func() { x = t.addExchange(r, midday) }},
	}
}

func (t *storeTest) feedRooms() {
	owner := t.addRoom().Owner
	f := t.newFeedFollower(owner)
	r := t.addRoomOf(owner, midday)
	wantEqual(t, "whether Changes returns a new room", hasRoom(t.poll(f), r.ID), true)
	for _, step := range t.feedSteps(r) {
		step.run()
		if !hasRoom(t.poll(f), r.ID) {
			t.Fatalf("Changes does not return the room after %s, want the room", step.name)
		}
		t.wantCopy(f)
	}
}

// A follower starts after each step, and all of them poll only after the last one.
func (t *storeTest) feedOlderPosition() {
	r := t.addRoom()
	followers := []*feedFollower{t.newFeedFollower(r.Owner)}
	for _, step := range t.feedSteps(r) {
		step.run()
		followers = append(followers, t.newFeedFollower(r.Owner))
	}
	must(t, t.Rooms.Delete(t.ctx, r.Owner, t.addRoomOf(r.Owner, midday).ID))
	for _, f := range followers {
		t.wantCopy(f)
	}
}
