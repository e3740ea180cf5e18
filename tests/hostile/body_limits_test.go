package hostile

import (
	"net/http"
	"strings"
	"testing"
)

func TestBodiesAtTheLimitsAreAccepted(t *testing.T) {
	u := start(t).newUser()
	roomID := u.NewRoom("A room")
	name := "  " + strings.Repeat("é", 100) + "\n"
	got := u.Want(http.StatusCreated, "POST", "/chatroom", object{"name": name}).Field("name")
	if got != strings.TrimSpace(name) {
		t.Errorf("name of a room = %q, want 100 characters without the whitespace around them", got)
	}
	content := " " + strings.Repeat("😀", 7998) + " "
	path := "/chatroom/" + roomID + "/message"
	got = u.Want(http.StatusAccepted, "POST", path, object{"content": content}).Field("content")
	if got != content {
		t.Errorf("content of a message has %d bytes, want the %d bytes that were sent", len(got), len(content))
	}
	password := object{"new_password": strings.Repeat("😀", 128)}
	u.Want(http.StatusOK, "POST", "/auth/change-password", password)
	body := `{"name":"x"}`
	u.Want(http.StatusCreated, "POST", "/chatroom", []byte(body+strings.Repeat(" ", mib-len(body))))
}

func TestTheLastOfFieldsWithTheSameNameIsUsed(t *testing.T) {
	u := start(t).newUser()
	u.Want(http.StatusCreated, "POST", "/chatroom", []byte(`{"name":1,"name":"the last one"}`))
}

// JSON can escape a surrogate without its pair, but UTF-8 cannot encode it.
func TestLoneSurrogatesBecomeReplacementCharacters(t *testing.T) {
	p := start(t)
	u := p.newUser()
	roomID := u.NewRoom("A room")
	body := []byte(`{"name":"a\ud800b"}`)
	if got := u.Want(http.StatusCreated, "POST", "/chatroom", body).Field("name"); got != "a\ufffdb" {
		t.Errorf("name of a room with a lone surrogate = %q, want U+FFFD in its place", got)
	}
	body = []byte(`{"content":"\udc00"}`)
	path := "/chatroom/" + roomID + "/message"
	if got := u.Want(http.StatusAccepted, "POST", path, body).Field("content"); got != "\ufffd" {
		t.Errorf("content of a lone surrogate = %q, want U+FFFD", got)
	}
	body = []byte(`{"mobile_number":"+1234567890\ud800"}`)
	wantInvalidRequest(t, "lone surrogate in a number", send(p.device(""), "POST", "/auth/send-otp", body))
	body = []byte(`{"mobile_number":"+1234567890","otp":"12345\ud800"}`)
	wantInvalidRequest(t, "lone surrogate in a code", send(p.device(""), "POST", "/auth/verify-otp", body))
}
