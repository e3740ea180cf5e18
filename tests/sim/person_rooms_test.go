package sim

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// room is a room as its owner knows it.
type room struct {
	id   string
	gone atomic.Bool // a deletion was requested, so the room may be deleted
}

// openRoom creates a room, sometimes without a name.
func (u *person) openRoom() {
	settings := object{"name": "a room"}
	if u.rng.IntN(3) == 0 {
		settings = object{}
	}
	if a, ok := u.insist(http.MethodPost, "/chatroom", settings); ok {
		u.expect(a, "create a room", http.StatusCreated)
		u.rooms = append(u.rooms, &room{id: a.Field("id")})
	}
}

func (u *person) someRoom() *room {
	if len(u.rooms) == 0 {
		return nil
	}
	return u.rooms[u.rng.IntN(len(u.rooms))]
}

// updateRoom changes the name of a room, or sets or removes its system prompt.
func (u *person) updateRoom() {
	r := u.someRoom()
	if r == nil {
		return
	}
	settings := object{}
	switch u.rng.IntN(4) {
	case 0:
		settings["system_prompt"] = nil
	case 1:
		settings["system_prompt"] = fmt.Sprintf("system prompt %d", u.rng.Uint32())
	default:
		settings["name"] = fmt.Sprintf("room %d", u.rng.Uint32())
	}
	a, ok := u.insist(http.MethodPatch, "/chatroom/"+r.id, settings)
	if ok && a.Status != http.StatusOK && !r.isMissing(a) {
		u.w.violate("update a room: status %d %s", a.Status, a.Body)
	}
	u.w.count("updated rooms")
}

// isMissing reports whether a response says that the room does not exist, and the room may be
// deleted.
func (r *room) isMissing(a client.Response) bool {
	return a.Status == http.StatusNotFound && r.gone.Load()
}

// deleteRoom deletes a room, sometimes while a reply is being written.
func (u *person) deleteRoom() {
	r := u.someRoom()
	if r == nil || len(u.rooms) < 2 {
		return
	}
	if u.rng.IntN(2) == 0 {
		u.say(r)
		time.Sleep(time.Duration(u.rng.Int64N(int64(4 * time.Second))))
	}
	gone := r.gone.Swap(true)
	a, ok := u.insist(http.MethodDelete, "/chatroom/"+r.id, nil)
	if ok && a.Status != http.StatusNoContent && a.Status != http.StatusNotFound {
		u.w.violate("delete: status %d %s", a.Status, a.Body)
	}
	if !gone {
		u.w.count("deleted rooms")
	}
}
