package hostile

import (
	"encoding/base64"
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

// cursorOwner is a room owner with cursors of the list of rooms and of the messages in the room.
type cursorOwner struct {
	roomOwner
	nextRooms      string
	beforeMessages string
	afterMessages  string
}

func (p *program) newCursorOwner() cursorOwner {
	p.t.Helper()
	u := cursorOwner{roomOwner: p.newRoomOwner()}
	u.NewRoom("A second room")
	rooms := u.Want(http.StatusOK, "GET", "/chatroom?limit=1", nil)
	u.nextRooms = linkParameter(rooms, "next", "cursor")
	messages := u.Want(http.StatusOK, "GET", u.messagesPath()+"?limit=1", nil)
	u.beforeMessages = linkParameter(messages, "prev", "before")
	u.afterMessages = linkParameter(messages, "next", "after")
	if u.nextRooms == "" || u.beforeMessages == "" || u.afterMessages == "" {
		p.t.Fatalf("cursors next %q, before %q, after %q; want none empty",
			u.nextRooms, u.beforeMessages, u.afterMessages)
	}
	return u
}

func (u cursorOwner) messagesPath() string { return "/chatroom/" + u.roomID + "/messages" }

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
	for i := 1; i < len(valid); i += 3 {
		invalid = append(invalid, valid[:i])
	}
	return invalid
}

func TestACursorWorksOnlyForItsOwnerListAndDirection(t *testing.T) {
	p := start(t)
	owner, other := p.newCursorOwner(), p.newCursorOwner()
	messages := owner.messagesPath()
	for _, list := range []struct {
		path    string
		valid   string
		foreign []string
	}{
		{
			path:    "/chatroom?cursor=",
			valid:   owner.nextRooms,
			foreign: []string{other.nextRooms, owner.beforeMessages, owner.afterMessages},
		},
		{
			path:    messages + "?before=",
			valid:   owner.beforeMessages,
			foreign: []string{other.beforeMessages, owner.afterMessages, owner.nextRooms},
		},
		{
			path:    messages + "?after=",
			valid:   owner.afterMessages,
			foreign: []string{other.afterMessages, owner.beforeMessages, owner.nextRooms},
		},
	} {
		owner.Want(http.StatusOK, "GET", list.path+list.valid, nil)
		for _, cursor := range slices.Concat(list.foreign, invalidCursors(list.valid)) {
			wantInvalidRequest(t, list.path+cursor, send(owner.Device, "GET", list.path+cursor, nil))
		}
	}
	both := messages + "?before=" + owner.beforeMessages + "&after=" + owner.afterMessages
	wantInvalidRequest(t, "before and after together", send(owner.Device, "GET", both, nil))
	foreignRoom := other.messagesPath() + "?after=" + other.afterMessages
	wantNotFound(t, "another user's room with a valid cursor", send(owner.Device, "GET", foreignRoom, nil))
}
