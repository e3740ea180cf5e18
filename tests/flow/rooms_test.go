package flow

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// listRooms requests a page of rooms. The path is /chatroom or the target of a Link header.
func (d device) listRooms(path string) ([]client.Room, client.Response) {
	d.Helper()
	return listPage[client.Room](d, path)
}

// roomNames returns the names of rooms in their order, separated by spaces.
func roomNames(rooms []client.Room) string {
	var all []string
	for _, r := range rooms {
		all = append(all, r.Name)
	}
	return strings.Join(all, " ")
}

func TestARoomIsCreatedRenamedAndDeleted(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	created := d.Want(http.StatusCreated, "POST", "/chatroom", object{"name": " \tPlans \n"})
	path := "/chatroom/" + created.Field("id")
	if got := created.Header.Get("Location"); got != path {
		t.Errorf("Location of a new room = %q, want %q", got, path)
	}
	checkFields(t, created, map[string]string{"name": "Plans", "updated_at": created.Field("created_at")})
	if !strings.HasSuffix(created.Field("created_at"), "Z") {
		t.Errorf("created_at = %q, want a time in UTC", created.Field("created_at"))
	}
	if shown := d.Want(http.StatusOK, "GET", path, nil); string(shown.Body) != string(created.Body) {
		t.Errorf("room = %s, want it as it was created: %s", shown.Body, created.Body)
	}
	renamed := d.Want(http.StatusOK, "PATCH", path, object{"name": " Old plans"})
	checkFields(t, renamed, map[string]string{"name": "Old plans", "updated_at": created.Field("updated_at")})
	checkFields(t, d.Want(http.StatusOK, "GET", path, nil), map[string]string{"name": "Old plans"})
	d.Want(http.StatusNoContent, "DELETE", path, nil)
	d.Want(http.StatusNotFound, "GET", path, nil)
	d.Want(http.StatusNotFound, "DELETE", path, nil)
	if rooms, r := d.listRooms("/chatroom"); len(rooms) != 0 || strings.TrimSpace(string(r.Body)) != "[]" {
		t.Errorf("rooms after the deletion = %s, want []", r.Body)
	}
}

func TestRoomsAreOrderedByTheLastMessageSent(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	a, b, c := d.NewRoom("a"), d.NewRoom("b"), d.NewRoom("c")
	check := func(after, want string) {
		t.Helper()
		if rooms, _ := d.listRooms("/chatroom"); roomNames(rooms) != want {
			t.Errorf("rooms after %s = %s, want %s", after, roomNames(rooms), want)
		}
	}
	check("creating them", "c b a")
	d.Want(http.StatusOK, "PATCH", "/chatroom/"+b, object{"name": "B"})
	check("renaming b", "c B a")
	first := d.Send(a, "hello")
	check("a message to a", "a c B")
	second := d.Send(b, "hello")
	d.Wait(second)
	d.Wait(first)
	check("a message to B and both replies", "B a c")
	sent := d.Want(http.StatusAccepted, "POST", "/chatroom/"+c+"/message", object{"content": "hello"})
	shown := d.Want(http.StatusOK, "GET", "/chatroom/"+c, nil)
	checkFields(t, shown, map[string]string{"updated_at": sent.Field("created_at")})
}

func TestNextLinksLeadThroughAllRoomsOnce(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	var want []string
	for i := range 7 {
		want = append(want, d.NewRoom(fmt.Sprint(i)))
	}
	slices.Reverse(want)
	for _, limit := range []int{1, 3, 7, 100} {
		var got []string
		pages := 0
		for path := fmt.Sprintf("/chatroom?limit=%d", limit); path != ""; pages++ {
			rooms, r := d.listRooms(path)
			for _, room := range rooms {
				got = append(got, room.ID)
			}
			path = r.Link("next")
			if path != "" && (len(rooms) != limit || !strings.HasPrefix(path, "/chatroom?")) {
				t.Fatalf("limit %d: a page of %d rooms has the next link %q, want a full page and a link to /chatroom",
					limit, len(rooms), path)
			}
		}
		if wantPages := (7 + limit - 1) / limit; !slices.Equal(got, want) || pages != wantPages {
			t.Errorf("limit %d: rooms on %d pages = %v, want on %d pages %v", limit, pages, got, wantPages, want)
		}
	}
}

// A room that gets a message between two pages may be returned twice or not at
// all. All other rooms are returned once.
func TestAMessageBetweenTwoPagesDoesNotMoveOtherRooms(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	ids := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		ids[name] = d.NewRoom(name)
	}
	first, r := d.listRooms("/chatroom?limit=2")
	d.Send(ids["e"], "hello")
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+ids["d"], nil) // the room that the cursor points to
	second, _ := d.listRooms(r.Link("next"))
	if got := roomNames(first) + " " + roomNames(second); got != "e d c b" {
		t.Errorf("rooms on the first two pages = %s, want e d c b", got)
	}
}

func TestAPageHas50RoomsUnlessALimitFrom1To100IsSet(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	for i := range 51 {
		d.NewRoom(fmt.Sprint(i))
	}
	first, r := d.listRooms("/chatroom")
	if second, _ := d.listRooms(r.Link("next")); len(first) != 50 || roomNames(second) != "0" {
		t.Errorf("pages of %d and %d rooms, want 50 rooms and then the oldest one", len(first), len(second))
	}
	for _, limit := range []string{"0", "101", "-1", "x", "1.5", "99999999999999999999"} {
		refused := d.wantInvalidRequest("GET", "/chatroom?limit="+limit, nil)
		if !strings.Contains(string(refused.Body), `"field":"limit"`) {
			t.Errorf("limit %s: the error does not name the field: %s", limit, refused.Body)
		}
	}
}

func TestRoomNamesAreTrimmedAndHaveUpTo100Characters(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	path := "/chatroom/" + d.NewRoom("room")
	for _, name := range []string{
		"x",
		strings.Repeat("語", 100),
		"  " + strings.Repeat("👋", 100) + "\t",
		`"quoted" <b> & \`,
	} {
		want := map[string]string{"name": strings.TrimSpace(name)}
		checkFields(t, d.Want(http.StatusCreated, "POST", "/chatroom", object{"name": name}), want)
		checkFields(t, d.Want(http.StatusOK, "PATCH", path, object{"name": name}), want)
	}
}

func TestInvalidRoomNamesAreRefused(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	path := "/chatroom/" + d.NewRoom("room")
	for _, body := range []object{
		{"name": ""},
		{"name": " \t\n"},
		{"name": "\u2003"},
		{"name": strings.Repeat("語", 101)},
		{"name": "canary\x00"},
		{"name": nil},
		{"name": 7},
		{"name": []string{"canary"}},
		{"Name": "canary"},
		{"name": "canary", "owner": "canary"},
	} {
		for _, refused := range []client.Response{
			d.wantInvalidRequest("POST", "/chatroom", body),
			d.wantInvalidRequest("PATCH", path, body),
		} {
			text := string(refused.Body)
			if strings.Contains(text, "canary") || !strings.Contains(text, `"rule"`) {
				t.Errorf("%v: the error must contain the rule and must not contain the value: %s", body, text)
			}
		}
	}
	checkFields(t, d.Want(http.StatusOK, "GET", path, nil), map[string]string{"name": "room"})
}
