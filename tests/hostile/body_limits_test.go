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

// JSON can escape a surrogate without its pair, but UTF-8 cannot encode it. Every other character,
// also U+FFFD, which stands for a broken one, is kept as sent.
func TestTextsWithSurrogatesAreKeptOrRefused(t *testing.T) {
	u := start(t).newUser()
	path := "/chatroom/" + u.NewRoom("A room") + "/message"
	for sent, want := range map[string]string{
		`\ud83d\ude00`: "😀", `\uD83E\udd89!`: "🦉!", `\ufffd`: "\ufffd", "a\ufffdb": "a\ufffdb", `\\ud800`: `\ud800`,
	} {
		r := u.Want(http.StatusAccepted, "POST", path, []byte(`{"content":"`+sent+`"}`))
		if got := r.Field("content"); got != want {
			t.Errorf("content of %s = %q, want %q", sent, got, want)
		}
	}
	refused := send(u.Device, "POST", path, []byte(`{"content":"a\ud800b"}`))
	wantInvalidRequest(t, "half of a surrogate pair", refused)
	if !strings.Contains(string(refused.Body), "surrogate pair") {
		t.Errorf("the response is %s, want one that names the surrogate", refused.Body)
	}
}
