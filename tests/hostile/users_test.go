package hostile

import (
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// user is a device logged in with a phone number.
type user struct {
	client.Device
	number string
}

func (p *program) newUser() user {
	p.t.Helper()
	number := client.Number()
	return user{Device: p.device("").Login(number), number: number}
}

// sessionID returns the id of the user's last session.
func (u user) sessionID() string {
	u.Helper()
	var all []struct{ ID string }
	if err := u.Want(http.StatusOK, "GET", "/auth/sessions", nil).Decode(&all); err != nil || len(all) == 0 {
		u.Fatalf("the sessions of the user: %v, %v, want one", all, err)
	}
	return all[0].ID
}

// ask sends a message to a room, waits until the reply is final, and returns the reply's id.
func ask(d client.Device, roomID string) (replyID string) {
	d.Helper()
	replyPath := d.Send(roomID, "Hello")
	d.Wait(replyPath)
	return path.Base(replyPath)
}

// subscribe buys Pro, and returns when the program has synced it from the payments provider.
func (p *program) subscribe(d client.Device) {
	d.Helper()
	checkoutURL := d.Want(http.StatusCreated, "POST", "/subscribe/pro", nil).Field("url")
	if _, err := p.payments.Pay(path.Base(checkoutURL)); err != nil {
		d.Fatalf("pay the checkout: %v", err)
	}
	d.Want(http.StatusConflict, "POST", "/subscribe/pro", nil) // this request syncs
}

// roomOwner is a user with a room that contains a message and its reply.
type roomOwner struct {
	user
	roomID  string
	replyID string
}

func (p *program) newRoomOwner() roomOwner {
	p.t.Helper()
	u := p.newUser()
	roomID := u.NewRoom("A room")
	return roomOwner{user: u, roomID: roomID, replyID: ask(u.Device, roomID)}
}

// visibleData returns all data that the API shows to the owner.
func (u roomOwner) visibleData(t testing.TB) string {
	t.Helper()
	d := client.Device{Client: u.Client, TB: t}
	var bodies []string
	for _, resource := range []string{
		"/user/me",
		"/chatroom",
		"/chatroom/" + u.roomID,
		"/chatroom/" + u.roomID + "/messages",
		"/chatroom/" + u.roomID + "/messages/" + u.replyID,
		"/chatroom/" + u.roomID + "/messages/" + u.replyID + "/versions",
		"/subscribe/status",
	} {
		bodies = append(bodies, string(d.Want(http.StatusOK, "GET", resource, nil).Body))
	}
	return strings.Join(bodies, "\n")
}

// checkUnchanged fails the test if the owner's data has changed since visibleData returned before.
func (u roomOwner) checkUnchanged(t testing.TB, name, before string) {
	t.Helper()
	if after := u.visibleData(t); after != before {
		t.Errorf("%s: the data of the owner has changed from\n%s\nto\n%s", name, before, after)
	}
}
