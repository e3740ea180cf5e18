package flow

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/tests/client"
)

// checkRooms checks that a view shows the rooms of the user and the newest messages of each.
func (d device) checkRooms(v *client.View) {
	d.Helper()
	list, _ := listPage[client.Room](d, "/chatroom")
	rooms, messages := map[string]client.Room{}, map[string]client.Message{}
	for _, r := range list {
		rooms[r.ID] = r
		for _, m := range d.newestMessages(r.ID) {
			messages[m.ID] = m
		}
	}
	if diff := cmp.Diff(rooms, v.Rooms); diff != "" {
		d.Errorf("the view does not show the rooms of the user (-want +view):\n%s", diff)
	}
	if diff := cmp.Diff(messages, v.Messages); diff != "" {
		d.Errorf("the view does not show the messages of the user (-want +view):\n%s", diff)
	}
}

// hasRoom returns a function that reports whether a view shows a room.
func hasRoom(roomID string) func(*client.View) bool {
	return func(v *client.View) bool { return v.Rooms[roomID].ID != "" }
}

func TestTheEventsOfAUserShowTheChangesOfAllRooms(t *testing.T) {
	p := start(t, config(t, "ECHO_LATENCY", "100ms"))
	d := p.tcpDevice().Login(client.Number())
	w := d.Watch(allRooms)
	first, second, third := d.NewRoom("first"), d.NewRoom("second"), d.NewRoom("third")
	replies := []string{d.Send(first, "one"), d.Send(second, "two"), d.Send(third, "three")}
	d.Want(http.StatusOK, "PATCH", "/chatroom/"+first, object{"name": "renamed", "system_prompt": "Answer briefly."})
	for _, reply := range replies {
		w.UntilView(isFinal(reply))
	}
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+third, nil)
	w.UntilView(func(v *client.View) bool { return !hasRoom(third)(v) && v.Rooms[first].Name == "renamed" })
	d.checkRooms(w.View)
}

func TestTheEventsOfAUserContainNothingOfOtherUsers(t *testing.T) {
	p := start(t, config(t))
	d, other := p.tcpDevice().Login(client.Number()), p.tcpDevice().Login(client.Number())
	w := d.Watch(allRooms)
	foreign := other.NewRoom("private")
	other.Wait(other.Send(foreign, "hello"))
	other.Want(http.StatusNoContent, "DELETE", "/chatroom/"+foreign, nil)
	own := d.NewRoom("own")
	checkEvents(t, w.Until("room"), "room")
	if !hasRoom(own)(w.View) {
		t.Errorf("the first event is about %v, want the user's own room", w.View.Rooms)
	}
}

func TestChangesWhileAUserWasAwayComeAfterTheCursor(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	w := d.Watch(allRooms)
	kept, deleted, answered := d.NewRoom("kept"), d.NewRoom("deleted"), d.NewRoom("answered")
	w.UntilView(hasRoom(answered))
	w.Close()
	d.Want(http.StatusOK, "PATCH", "/chatroom/"+kept, object{"name": "renamed"})
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+deleted, nil)
	reply := d.Send(answered, "hello")
	d.Wait(reply)
	last := d.NewRoom("last")
	w = w.Resume(d.Device)
	w.UntilView(func(v *client.View) bool {
		return !hasRoom(deleted)(v) && v.Rooms[kept].Name == "renamed" && isFinal(reply)(v) && hasRoom(last)(v)
	})
	d.checkRooms(w.View)
	if w.View.Resyncs != 0 {
		t.Errorf("%d resyncs, want none", w.View.Resyncs)
	}
}

// The connection breaks after 130 events, again and again. There are more changes than that.
func TestManyChangesWhileAUserWasAwayComeInParts(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	w := d.Watch(allRooms)
	deleted := d.NewRoom("deleted")
	w.UntilView(hasRoom(deleted))
	w.Close()
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+deleted, nil)
	for i := range 300 {
		d.NewRoom(fmt.Sprint("room ", i))
	}
	isComplete := func(v *client.View) bool { return len(v.Rooms) == 300 && !hasRoom(deleted)(v) }
	for connections := 0; !isComplete(w.View); connections++ {
		if connections == 10 || w.View.Resyncs > 0 {
			t.Fatalf("the client has %d rooms after %d connections and %d resyncs, want 300 and no resync",
				len(w.View.Rooms), connections, w.View.Resyncs)
		}
		w = w.Resume(d.Device)
		for events := 0; events < 130 && !isComplete(w.View); events++ {
			w.Next()
		}
	}
}

func TestTwoDevicesSeeTheSameEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		second := p.newDevice().As(d.Token)
		watchers := []*client.Watcher{d.Watch(allRooms), second.Watch(allRooms)}
		room := d.NewRoom("r")
		reply := d.Send(room, "hello")
		var seen [][]string
		for _, w := range watchers {
			var events []string
			for _, e := range w.Until("done") {
				if e.Name == "delta" || e.Name == "done" {
					events = append(events, e.Name+e.Data)
				}
			}
			seen = append(seen, events)
			d.checkView(w.View, reply)
			d.checkRooms(w.View)
		}
		if !slices.Equal(seen[0], seen[1]) {
			t.Errorf("the devices have seen different texts:\n%s", cmp.Diff(seen[0], seen[1]))
		}
	})
}

func TestACursorOfAllRoomsIsGoodForADay(t *testing.T) {
	clock, option := withAdjustableClock()
	d := start(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"), option).tcpDevice().Login(client.Number())
	w := d.Watch(allRooms)
	deleted := d.NewRoom("deleted")
	w.UntilView(hasRoom(deleted))
	w.Close()
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+deleted, nil)
	clock.set(clock.Now().Add(24*time.Hour - time.Minute))
	checkEvents(t, []client.Event{w.Resume(d.Device).Next()}, "room_deleted")
	clock.set(clock.Now().Add(time.Minute))
	late := w.Resume(d.Device)
	checkEvents(t, []client.Event{late.Next()}, "resync")
	late.View = client.NewView()
	late.UntilView(hasRoom(d.NewRoom("added")))
	d.checkRooms(late.View)
	if late.LastID() == w.LastID() {
		t.Error("the cursor after the resync is the old one, want one with which the client can continue")
	}
}
