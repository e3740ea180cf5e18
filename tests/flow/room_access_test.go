package flow

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// withoutRequestID returns the status, the media type and the body of a response,
// without the request id.
func withoutRequestID(r client.Response) string {
	body := strings.ReplaceAll(string(r.Body), r.Field("request_id"), "")
	return fmt.Sprint(r.Status, " ", r.Header.Get("Content-Type"), " ", body)
}

// The response to a request for another user's room is the same as for a room that
// does not exist, so that a client cannot find out which rooms exist.
func TestRoomsOfOtherUsersLookLikeMissingRooms(t *testing.T) {
	const missing = "01890a5d-ac96-774b-bcce-b302099a8057"
	p := start(t, config(t))
	owner, other := p.tcpDevice().Login(client.Number()), p.tcpDevice().Login(client.Number())
	foreign := owner.NewRoom("private")
	foreignMessage := path.Base(owner.Send(foreign, "hello"))
	own := other.NewRoom("own")
	other.Send(own, "hello")
	want := withoutRequestID(other.Want(http.StatusNotFound, "GET", "/chatroom/"+foreign, nil))
	check := func(method, at string, body any) {
		t.Helper()
		if got := withoutRequestID(other.Want(http.StatusNotFound, method, at, body)); got != want {
			t.Errorf("%s %s: response %s, want %s as for every missing room", method, at, got, want)
		}
	}
	for _, room := range []string{
		foreign, missing, "1", "x'--", "%00", strings.ToUpper(foreign), strings.ReplaceAll(foreign, "-", ""),
		"00000000-0000-0000-0000-000000000000",
	} {
		at := "/chatroom/" + room
		check("GET", at, nil)
		check("PATCH", at, object{"name": "taken"})
		check("PATCH", at, object{"system_prompt": nil})
		check("PATCH", at, object{})
		check("DELETE", at, nil)
		check("POST", at+"/message", object{"content": "hello"})
		check("GET", at+"/messages", nil)
		check("GET", at+"/messages/"+foreignMessage, nil)
		check("GET", at+"/messages/"+missing, nil)
		check("GET", at+"/messages/x?wait=30", nil)
		check("GET", at+"/events", nil)
		check("POST", at+"/messages/"+foreignMessage+"/cancel", nil)
		check("POST", at+"/messages/"+foreignMessage+"/retry", nil)
		check("PATCH", at+"/messages/"+foreignMessage, object{"content": "hello"})
		check("GET", at+"/messages/"+foreignMessage+"/versions", nil)
	}
	for _, message := range []string{foreignMessage, missing, "x", "%2e%2e"} {
		check("GET", "/chatroom/"+own+"/messages/"+message, nil)
	}
	checkFields(t, owner.Want(http.StatusOK, "GET", "/chatroom/"+foreign, nil), map[string]string{"name": "private"})
	other.checkMessageCount(1) // only the one in its own room
}

// A cursor is only valid for the list and the user that it was made for.
func TestCursorsOfOtherListsAreRefused(t *testing.T) {
	p := start(t, config(t))
	owner, other := p.tcpDevice().Login(client.Number()), p.tcpDevice().Login(client.Number())
	var mine, theirs string
	for range 2 {
		mine, theirs = owner.NewRoom("mine"), other.NewRoom("theirs")
	}
	_, roomPage := owner.listRooms("/chatroom?limit=1")
	next := roomPage.Link("next")
	owner.listRooms(next)
	owner.Wait(owner.Send(mine, "hello"))
	_, messagePage := owner.listMessages("/chatroom/" + mine + "/messages?limit=1")
	roomCursor := cursorOf(next)
	before, after := cursorOf(messagePage.Link("prev")), cursorOf(messagePage.Link("monitor"))

	other.wantInvalidCursor(next)
	for _, c := range []string{
		before, after, "x", "!", roomCursor + "=", roomCursor[1:], "cg", strings.Repeat("a", 5000),
	} {
		owner.wantInvalidCursor("/chatroom?cursor=" + c)
	}
	for _, c := range []string{roomCursor, "0", "-1", "x"} {
		owner.wantInvalidCursor("/chatroom/" + mine + "/messages?before=" + c)
		owner.wantInvalidCursor("/chatroom/" + mine + "/messages?after=" + c)
	}
	owner.wantInvalidCursor("/chatroom/" + mine + "/messages?before=" + after)
	owner.wantInvalidCursor("/chatroom/" + mine + "/messages?after=" + before)
	other.wantInvalidCursor("/chatroom/" + theirs + "/messages?before=" + after)
	other.wantInvalidCursor("/chatroom/" + theirs + "/messages?after=" + after)
	owner.Watch(eventsOf(mine) + "?after=" + after)
	for _, c := range []string{before, roomCursor, "x"} {
		owner.wantInvalidCursor(eventsOf(mine) + "?after=" + c)
		owner.wantInvalidCursor(allRooms + "?after=" + c)
	}
	owner.wantInvalidCursor(allRooms + "?after=" + after)
	other.wantInvalidCursor(eventsOf(theirs) + "?after=" + after)
	w := owner.Watch(allRooms)
	owner.NewRoom("new")
	w.Until("room")
	for _, list := range []string{eventsOf(mine), messagesOf(mine)} {
		owner.wantInvalidCursor(list + "?after=" + w.LastID())
	}
	other.wantInvalidCursor(allRooms + "?after=" + w.LastID())
}

// cursorOf returns the value of the first query parameter of a link.
func cursorOf(link string) string {
	_, query, _ := strings.Cut(link, "=")
	cursor, _, _ := strings.Cut(query, "&")
	return cursor
}

// wantInvalidCursor fails the test unless the cursor in the path is refused.
func (d device) wantInvalidCursor(target string) {
	d.Helper()
	refused := d.wantInvalidRequest("GET", target, nil)
	if !strings.Contains(string(refused.Body), "must be a cursor of this list") {
		d.Errorf("GET %s: the error does not say that the cursor is not of this list: %s", target, refused.Body)
	}
}
