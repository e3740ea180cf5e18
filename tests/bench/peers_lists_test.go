//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"maps"

	"github.com/kuvaka-tech/parley/tests/client"
)

// peerConnections is how many connections wrk uses in TestPeers.
const peerConnections = 50

// measureLists compares cached lists of rooms.
func (p *peers) measureLists() {
	p.Helper()
	parley, node := p.startParley("api"), p.startPeer(p.node(), "api")
	bare := system{name: "bare chi handler", url: startBare(p), tokens: parley.tokens}
	p.compareAll(fmt.Sprintf("cached lists of %d rooms, %d connections, %s", peerRooms, peerConnections, *duration),
		[]metric{{name: "lists a second"}},
		p.lists(parley, checkRooms), p.lists(bare, checkBare), p.lists(node, checkRooms))
}

// lists measures lists as random users. It checks the lists of some users before and after.
func (p *peers) lists(s system, check func(client.Response, map[string]string) error) measurement {
	script := p.wrkScriptOf("list.lua", s.tokens, `
function request()
  return wrk.format("GET", "/chatroom", {["Authorization"] = "Bearer " .. tokens[math.random(#tokens)]})
end
`)
	devices := s.devices()
	checkSome := func() {
		for user := 1; user <= users; user += users / 50 {
			if err := checkList(devices[user-1], s.roomsOf(user), check); err != nil {
				p.Fatalf("%s, rooms of user %d: %v", s.name, user, err)
			}
		}
	}
	return measurement{s.name, func() []float64 {
		checkSome()
		r := p.load(s, script)
		checkSome()
		return []float64{r.perSecond}
	}}
}

// load runs a script of wrk. By default a response later than 2 s is an error for wrk, and on a
// busy machine that can happen to any system.
func (p *peers) load(s system, script string) result {
	p.Helper()
	return p.wrk(peerConnections, s.url, "--timeout", "20s", "-s", script)
}

// roomsOf returns the names of the rooms of a user, by their ids.
func (s system) roomsOf(user int) map[string]string {
	rooms := map[string]string{}
	for n := user; n <= peerRooms*users; n += users {
		rooms[fmt.Sprintf(s.room, n)] = fmt.Sprint("Room ", n)
	}
	return rooms
}

// checkList reads a list of rooms and checks it. want are the names of the rooms by their ids.
func checkList(
	d *client.Client, want map[string]string, check func(client.Response, map[string]string) error,
) error {
	r, err := d.Call("GET", "/chatroom", nil)
	if err != nil {
		return err
	}
	return check(r, want)
}

// checkRooms returns an error unless a response has exactly these rooms.
func checkRooms(r client.Response, want map[string]string) error {
	var rooms []struct {
		ID   any
		Name string
	}
	if err := r.Decode(&rooms); err != nil {
		return err
	}
	got := map[string]string{}
	for _, room := range rooms {
		got[fmt.Sprint(room.ID)] = room.Name
	}
	if r.Status != 200 || len(rooms) != len(want) || !maps.Equal(got, want) {
		return fmt.Errorf("the list is %d %s, want 200 with the rooms %v", r.Status, r.Body, want)
	}
	return nil
}

// checkBare returns an error unless a response is that of the bare handler.
func checkBare(r client.Response, _ map[string]string) error {
	if r.Status != 200 || !bytes.Equal(r.Body, barePage) {
		return fmt.Errorf("the page is %d %s, want 200 with %d bytes", r.Status, r.Body, len(barePage))
	}
	return nil
}
