package hostile

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// encodeCursor returns a cursor with this content.
func encodeCursor(content string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(content))
}

// cursorOwner is a room owner with cursors of the list of rooms, of the messages in the room,
// of the events of all rooms, of searches and of versions.
type cursorOwner struct {
	roomOwner
	nextRooms      string
	beforeMessages string
	afterMessages  string
	afterEvents    string
	nextFound      string // by the query hello
	nextOtherFound string // by another query
	nextVersions   string // of a reply
}

func (p *program) newCursorOwner() cursorOwner {
	p.t.Helper()
	u := cursorOwner{roomOwner: p.newRoomOwner()}
	u.afterEvents = u.eventCursor()
	rooms := u.Want(http.StatusOK, "GET", "/chatroom?limit=1", nil)
	u.nextRooms = linkParameter(rooms, "next", "cursor")
	messages := u.Want(http.StatusOK, "GET", u.messagesPath()+"?limit=1", nil)
	u.beforeMessages = linkParameter(messages, "prev", "before")
	u.afterMessages = linkParameter(messages, "monitor", "after")
	u.nextFound = linkParameter(u.Want(http.StatusOK, "GET", "/search?limit=1&q=hello", nil), "next", "cursor")
	u.nextOtherFound = linkParameter(u.Want(http.StatusOK, "GET", "/search?limit=1&q=hell", nil), "next", "cursor")
	u.retry()
	u.retry()
	versions := u.Want(http.StatusOK, "GET", u.versionsPath()+"?limit=1", nil)
	u.nextVersions = linkParameter(versions, "next", "cursor")
	if slices.Contains(u.cursors(), "") {
		p.t.Fatalf("the cursors are %q, want none empty", u.cursors())
	}
	return u
}

// cursors returns all cursors.
func (u cursorOwner) cursors() []string {
	return []string{
		u.nextRooms, u.beforeMessages, u.afterMessages, u.afterEvents, u.nextFound, u.nextOtherFound,
		u.nextVersions,
	}
}

// foreignTo returns the cursors that are not for the list of a cursor of this owner. They include
// the same cursor of another owner.
func (u cursorOwner) foreignTo(valid string, other cursorOwner) []string {
	var foreign []string
	for i, cursor := range u.cursors() {
		if cursor == valid {
			cursor = other.cursors()[i]
		}
		foreign = append(foreign, cursor)
	}
	return foreign
}

// retry asks for the reply again, so that it has one more version.
func (u cursorOwner) retry() {
	u.Helper()
	replyPath := u.messagesPath() + "/" + u.replyID
	u.Want(http.StatusAccepted, "POST", replyPath+"/retry", nil)
	u.Wait(replyPath)
}

// eventCursor creates a second room and returns the id of the event about it.
func (u cursorOwner) eventCursor() string {
	u.Helper()
	w := u.Watch("/events")
	defer w.Close()
	u.NewRoom("A second room")
	w.Until("room")
	return w.LastID()
}

func (u cursorOwner) messagesPath() string { return "/chatroom/" + u.roomID + "/messages" }

func (u cursorOwner) versionsPath() string { return u.messagesPath() + "/" + u.replyID + "/versions" }

func (u cursorOwner) eventsPath() string { return "/chatroom/" + u.roomID + "/events" }

// linkParameter returns a query parameter of the Link header with a relation, "" if it does not exist.
func linkParameter(r client.Response, rel, name string) string {
	u, err := url.Parse(r.Link(rel))
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}

// invalidCursors returns changed and truncated copies of a valid cursor, escaped for a URL.
func invalidCursors(valid string) []string {
	raw, _ := base64.RawURLEncoding.DecodeString(valid)
	content := string(raw)
	invalid := []string{
		valid + "=",
		valid + "==",
		"%20" + valid,
		valid + "%0A",
		valid[:4] + "%0A" + valid[4:],
		valid + "%00",
		valid + "A",
		valid + valid,
		valid + "." + valid,
		strings.ToUpper(valid),
		url.QueryEscape(base64.StdEncoding.EncodeToString(append(raw, 0xff))),
		encodeCursor(content + "|"),
		encodeCursor(content + "\x00"),
		encodeCursor(content + "\n"),
		encodeCursor(" " + content),
		encodeCursor(strings.ToUpper(content)),
		encodeCursor(strings.ReplaceAll(content, "|", "|+")),
		encodeCursor(strings.ReplaceAll(content, "|", "|0")),
		encodeCursor(strings.ReplaceAll(content, "|", "|-")),
	}
	withoutNumber := encodeCursor(content[:strings.LastIndex(content, "|")]) // a shorter number can be valid
	for i := 1; i < len(withoutNumber); i += 3 {
		invalid = append(invalid, valid[:i])
	}
	return invalid
}

// cursorUse is a place of a cursor: a query parameter or the header Last-Event-ID.
type cursorUse struct {
	path   string
	header bool
}

func (u cursorUse) send(d client.Device, cursor string) client.Response {
	d.Helper()
	if u.header {
		unescaped, _ := url.QueryUnescape(cursor)
		return send(d, "GET", u.path, nil, lastEventID, unescaped)
	}
	return send(d, "GET", u.path+cursor, nil)
}

const lastEventID = "Last-Event-ID"

func TestACursorWorksOnlyForItsOwnerListAndDirection(t *testing.T) {
	p := start(t)
	owner, other := p.newCursorOwner(), p.newCursorOwner()
	for _, list := range []struct {
		use   cursorUse
		valid string
	}{
		{cursorUse{path: "/chatroom?cursor="}, owner.nextRooms},
		{cursorUse{path: owner.messagesPath() + "?before="}, owner.beforeMessages},
		{cursorUse{path: owner.messagesPath() + "?after="}, owner.afterMessages},
		{cursorUse{path: owner.eventsPath() + "?after="}, owner.afterMessages},
		{cursorUse{owner.eventsPath(), true}, owner.afterMessages},
		{cursorUse{path: "/events?after="}, owner.afterEvents},
		{cursorUse{"/events", true}, owner.afterEvents},
		{cursorUse{path: "/search?q=hello&cursor="}, owner.nextFound},
		{cursorUse{path: "/search?q=HELLO&cursor="}, owner.nextFound},
		{cursorUse{path: owner.versionsPath() + "?cursor="}, owner.nextVersions},
	} {
		if r := list.use.send(owner.Device, list.valid); r.Status != http.StatusOK {
			t.Errorf("%+v with its cursor: status %d, want 200: %s", list.use, r.Status, r.Body)
		}
		for _, cursor := range slices.Concat(owner.foreignTo(list.valid, other), invalidCursors(list.valid)) {
			name := fmt.Sprintf("%+v with the cursor %s", list.use, cursor)
			wantInvalidRequest(t, name, list.use.send(owner.Device, cursor))
		}
	}
	both := owner.messagesPath() + "?before=" + owner.beforeMessages + "&after=" + owner.afterMessages
	wantInvalidRequest(t, "before and after together", send(owner.Device, "GET", both, nil))
	for _, path := range []string{other.messagesPath(), other.eventsPath()} {
		foreignRoom := path + "?after=" + other.afterMessages
		wantNotFound(t, "another user's room with a valid cursor", send(owner.Device, "GET", foreignRoom, nil))
	}
}

// The header comes from the browser itself, which adds it to the URL of the first connection.
func TestLastEventIDWinsOverAfter(t *testing.T) {
	owner := start(t).newCursorOwner()
	for path, cursor := range map[string]string{
		owner.eventsPath(): owner.afterMessages,
		"/events":          owner.afterEvents,
	} {
		owner.Watch(path+"?after="+canary, lastEventID, cursor).Close()
		r := send(owner.Device, "GET", path+"?after="+cursor, nil, lastEventID, canary)
		wantInvalidRequest(t, path+" with an invalid Last-Event-ID", r)
		owner.Watch(path+"?after="+cursor, lastEventID, "").Close()
	}
}
