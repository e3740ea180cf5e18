package flow

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// wireRoom is a room as a client reads it.
type wireRoom struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
}

// rooms reads a page of the list, whose path is as a Link gives it.
func (d device) rooms(path string) ([]wireRoom, client.Answer) {
	d.t.Helper()
	a := d.want(http.StatusOK, "GET", path, nil)
	var list []wireRoom
	if err := a.Into(&list); err != nil {
		d.t.Fatal(err)
	}
	return list, a
}

// names are those of rooms, in their order.
func names(rooms []wireRoom) string {
	var all []string
	for _, r := range rooms {
		all = append(all, r.Name)
	}
	return strings.Join(all, " ")
}

func TestARoomFromItsOpeningToItsEnd(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	opened := d.want(http.StatusCreated, "POST", "/chatroom", object{"name": " \tPlans \n"})
	path := "/chatroom/" + opened.Get("id")
	if opened.Get("name") != "Plans" || opened.Header.Get("Location") != path || opened.Get("created_at") != opened.Get("updated_at") || !strings.HasSuffix(opened.Get("created_at"), "Z") {
		t.Errorf("opened: %s, Location %s", opened.Body, opened.Header.Get("Location"))
	}
	if shown := d.want(http.StatusOK, "GET", path, nil); string(shown.Body) != string(opened.Body) {
		t.Errorf("shown: %s, opened as %s", shown.Body, opened.Body)
	}
	renamed := d.want(http.StatusOK, "PATCH", path, object{"name": " Old plans"})
	if renamed.Get("name") != "Old plans" || renamed.Get("updated_at") != opened.Get("updated_at") {
		t.Errorf("renamed: %s", renamed.Body)
	}
	if shown := d.want(http.StatusOK, "GET", path, nil); shown.Get("name") != "Old plans" {
		t.Errorf("shown after renaming: %s", shown.Body)
	}
	d.want(http.StatusNoContent, "DELETE", path, nil)
	d.want(http.StatusNotFound, "GET", path, nil)
	d.want(http.StatusNotFound, "DELETE", path, nil)
	if list, a := d.rooms("/chatroom"); len(list) != 0 || strings.TrimSpace(string(a.Body)) != "[]" {
		t.Errorf("list after the end: %s", a.Body)
	}
}

func TestRoomsAreOrderedByTheLastMessageSent(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	a, b, c := d.room("a"), d.room("b"), d.room("c")
	check := func(after, want string) {
		t.Helper()
		if list, _ := d.rooms("/chatroom"); names(list) != want {
			t.Errorf("after %s: %s, want %s", after, names(list), want)
		}
	}
	check("opening them", "c b a")
	d.want(http.StatusOK, "PATCH", "/chatroom/"+b, object{"name": "B"})
	check("renaming", "c B a")
	first := d.ask(a, "hello")
	check("a message", "a c B")
	second := d.ask(b, "hello")
	d.answer(second)
	d.answer(first)
	check("another, and the answers", "B a c")
	sent := d.want(http.StatusAccepted, "POST", "/chatroom/"+c+"/message", object{"content": "hello"})
	if shown := d.want(http.StatusOK, "GET", "/chatroom/"+c, nil); shown.Get("updated_at") != sent.Get("created_at") {
		t.Errorf("updated at %s by a message of %s", shown.Get("updated_at"), sent.Get("created_at"))
	}
}

func TestRoomsArePagedWithoutLossOrDoubling(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	var want []string
	for i := range 7 {
		want = append(want, d.room(fmt.Sprint(i)))
	}
	slices.Reverse(want)
	for _, limit := range []int{1, 3, 7, 100} {
		var got []string
		pages := 0
		for path := fmt.Sprintf("/chatroom?limit=%d", limit); path != ""; pages++ {
			list, a := d.rooms(path)
			for _, r := range list {
				got = append(got, r.ID)
			}
			if path = a.Link("next"); path != "" && (len(list) != limit || !strings.HasPrefix(path, "/chatroom?")) {
				t.Fatalf("limit %d: %d rooms and then %q", limit, len(list), path)
			}
		}
		if !slices.Equal(got, want) || pages != (7+limit-1)/limit {
			t.Errorf("limit %d: %d rooms on %d pages: %v, want %v", limit, len(got), pages, got, want)
		}
	}
}

// A room used between two pages is seen at its new place or its old one; the others once.
func TestRoomsUsedWhilePagingMoveNoOther(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	ids := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		ids[name] = d.room(name)
	}
	first, a := d.rooms("/chatroom?limit=2")
	d.ask(ids["e"], "hello")
	d.want(http.StatusNoContent, "DELETE", "/chatroom/"+ids["d"], nil) // the room that the cursor stands on
	rest, _ := d.rooms(a.Link("next"))
	if got := names(first) + " " + names(rest); got != "e d c b" {
		t.Errorf("the first two pages: %s", got)
	}
}

func TestAPageOfRoomsHoldsFiftyUnlessAskedOtherwise(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	for i := range 51 {
		d.room(fmt.Sprint(i))
	}
	list, a := d.rooms("/chatroom")
	if rest, _ := d.rooms(a.Link("next")); len(list) != 50 || names(rest) != "0" {
		t.Errorf("pages of %d and %d rooms", len(list), len(rest))
	}
	for _, limit := range []string{"0", "101", "-1", "x", "1.5", "99999999999999999999"} {
		refused := d.want(http.StatusUnprocessableEntity, "GET", "/chatroom?limit="+limit, nil)
		if refused.Get("code") != "invalid_request" || !strings.Contains(string(refused.Body), `"field":"limit"`) {
			t.Errorf("limit %s: %s", limit, refused.Body)
		}
	}
}

func TestNamesOfRooms(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	path := "/chatroom/" + d.room("kept")
	for _, name := range []string{"x", strings.Repeat("語", 100), "  " + strings.Repeat("👋", 100) + "\t", `"quoted" <b> & \`} {
		want := strings.TrimSpace(name)
		if got := d.want(http.StatusCreated, "POST", "/chatroom", object{"name": name}).Get("name"); got != want {
			t.Errorf("%q became %q", name, got)
		}
		if got := d.want(http.StatusOK, "PATCH", path, object{"name": name}).Get("name"); got != want {
			t.Errorf("%q became %q on renaming", name, got)
		}
	}
	d.want(http.StatusOK, "PATCH", path, object{"name": "kept"})
	bad := []object{
		{"name": ""}, {"name": " \t\n"}, {"name": "\u2003"}, {"name": strings.Repeat("語", 101)}, {"name": "canary\x00"},
		{"name": nil}, {"name": 7}, {"name": []string{"canary"}}, {}, {"Name": "canary"}, {"name": "canary", "owner": "canary"},
	}
	for _, body := range bad {
		for _, call := range [][2]string{{"POST", "/chatroom"}, {"PATCH", path}} {
			refused := d.want(http.StatusUnprocessableEntity, call[0], call[1], body)
			if refused.Get("code") != "invalid_request" || strings.Contains(string(refused.Body), "canary") || !strings.Contains(string(refused.Body), `"rule"`) {
				t.Errorf("%s %v: %s", call[0], body, refused.Body)
			}
		}
	}
	if got := d.want(http.StatusOK, "GET", path, nil).Get("name"); got != "kept" {
		t.Errorf("a refused name was kept: %q", got)
	}
}

// essence is an answer without what differs from request to request.
func essence(a client.Answer) string {
	body := strings.ReplaceAll(string(a.Body), a.Get("request_id"), "")
	return fmt.Sprint(a.Status, " ", a.Header.Get("Content-Type"), " ", body)
}

func TestRoomsThatAreNotOnesOwnAreNotThere(t *testing.T) {
	p := start(t, config(t))
	owner, other := p.device().login(number()), p.device().login(number())
	foreign := owner.room("private")
	reply := owner.ask(foreign, "hello")
	mid := reply[strings.LastIndex(reply, "/")+1:]
	own := other.room("own")
	other.ask(own, "hello")
	want := essence(other.want(http.StatusNotFound, "GET", "/chatroom/"+foreign, nil))
	missing := "01890a5d-ac96-774b-bcce-b302099a8057"
	for _, room := range []string{foreign, missing, "1", "x'--", "%00", strings.ToUpper(foreign), strings.ReplaceAll(foreign, "-", ""), "00000000-0000-0000-0000-000000000000"} {
		calls := [][2]string{
			{"GET", ""}, {"PATCH", ""}, {"DELETE", ""}, {"POST", "/message"}, {"GET", "/messages"},
			{"GET", "/messages/" + mid}, {"GET", "/messages/" + missing}, {"GET", "/messages/x?wait=30"},
		}
		for _, c := range calls {
			body := map[string]object{"PATCH": {"name": "taken"}, "POST": {"content": "hello"}}[c[0]]
			var sent any
			if body != nil {
				sent = body
			}
			if got := essence(other.want(http.StatusNotFound, c[0], "/chatroom/"+room+c[1], sent)); got != want {
				t.Errorf("%s /chatroom/%s%s: %s, want %s", c[0], room, c[1], got, want)
			}
		}
	}
	for _, message := range []string{mid, missing, "x", "%2e%2e"} {
		if got := essence(other.want(http.StatusNotFound, "GET", "/chatroom/"+own+"/messages/"+message, nil)); got != want {
			t.Errorf("message %s: %s, want %s", message, got, want)
		}
	}
	if shown := owner.want(http.StatusOK, "GET", "/chatroom/"+foreign, nil); shown.Get("name") != "private" {
		t.Errorf("the owner's room: %s", shown.Body)
	}
	if me := other.want(http.StatusOK, "GET", "/user/me", nil); me.Get("daily_message_count") != "1" {
		t.Errorf("messages to rooms that are not there were counted: %s", me.Body)
	}
}

func TestCursorsOfOtherLists(t *testing.T) {
	p := start(t, config(t))
	owner, other := p.device().login(number()), p.device().login(number())
	var mine, theirs string
	for range 2 {
		mine, theirs = owner.room("mine"), other.room("theirs")
	}
	_, a := owner.rooms("/chatroom?limit=1")
	next := a.Link("next")
	owner.rooms(next)
	owner.answer(owner.ask(mine, "hello"))
	_, page := owner.messages("/chatroom/" + mine + "/messages?limit=1")
	cursor := func(link string) string { _, c, _ := strings.Cut(link, "="); c, _, _ = strings.Cut(c, "&"); return c }
	refuse := func(d device, path string) {
		t.Helper()
		if refused := d.want(http.StatusUnprocessableEntity, "GET", path, nil); refused.Get("code") != "invalid_request" || !strings.Contains(string(refused.Body), "must be a cursor of this list") {
			t.Errorf("%s: %s", path, refused.Body)
		}
	}
	refuse(other, next)
	for _, c := range []string{cursor(page.Link("prev")), cursor(page.Link("next")), "x", "!", cursor(next) + "=", cursor(next)[1:], "cg", strings.Repeat("a", 5000)} {
		refuse(owner, "/chatroom?cursor="+c)
	}
	for _, name := range []string{"before", "after"} {
		for _, c := range []string{cursor(next), "0", "-1", "x", cursor(page.Link(map[string]string{"before": "next", "after": "prev"}[name]))} {
			refuse(owner, "/chatroom/"+mine+"/messages?"+name+"="+c)
		}
		refuse(other, "/chatroom/"+theirs+"/messages?"+name+"="+cursor(page.Link("next")))
	}
}
