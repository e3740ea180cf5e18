package flow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// listPage requests a page of a list, and returns its items and the response.
func listPage[T any](d device, path string) ([]T, client.Response) {
	d.Helper()
	r := d.Want(http.StatusOK, "GET", path, nil)
	var items []T
	if err := r.Decode(&items); err != nil {
		d.Fatalf("decode the list %s: %v", path, err)
	}
	return items, r
}

// listMessages requests a page of messages. The path is that of a room's messages or
// the target of a Link header.
func (d device) listMessages(path string) ([]client.Message, client.Response) {
	d.Helper()
	return listPage[client.Message](d, path)
}

// newestMessages returns the newest messages of a room, in the order in which they were sent.
func (d device) newestMessages(room string) []client.Message {
	d.Helper()
	messages, _ := d.listMessages("/chatroom/" + room + "/messages")
	return messages
}

// wantInvalidRequest sends a request, and fails the test unless it is refused with
// invalid_request.
func (d device) wantInvalidRequest(method, path string, body any) client.Response {
	d.Helper()
	return d.wantError(http.StatusUnprocessableEntity, "invalid_request", method, path, body)
}

func TestTheTextOfAMessageIsStoredUnchanged(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	for _, text := range []string{
		"x",
		"  two  spaces \r\n\ttab ",
		`{"a":"\u0000"} <script>&`,
		"👩‍👩‍👧 e\u0301 \u202e",
		strings.Repeat("語", 8000),
	} {
		d.checkSentAndAnswered(room, text)
	}
}

// checkSentAndAnswered sends a message, and checks the response, the stored message and its reply.
func (d device) checkSentAndAnswered(room, text string) {
	d.Helper()
	messages := "/chatroom/" + room + "/messages/"
	sent := d.Want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", object{"content": text})
	checkFields(d.TB, sent, map[string]string{
		"content":      text,
		"chatroom_id":  room,
		"is_from_user": "true",
		"reply.status": "queued",
	})
	reply := messages + sent.Field("reply.id")
	if got := sent.Header.Get("Location"); got != reply {
		d.Errorf("Location of a sent message = %q, want the reply %q", got, reply)
	}
	stored := d.Want(http.StatusOK, "GET", messages+sent.Field("id")+"?wait=30", nil)
	checkFields(d.TB, stored, map[string]string{
		"content":      text,
		"status":       "done",
		"is_from_user": "true",
		"created_at":   sent.Field("created_at"),
		"in_reply_to":  "",
	})
	checkFields(d.TB, d.Wait(reply), map[string]string{
		"content":      "You said: " + text,
		"status":       "done",
		"is_from_user": "false",
		"in_reply_to":  sent.Field("id"),
	})
}

func TestInvalidMessagesAreRefused(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	path := "/chatroom/" + room + "/message"
	for _, body := range []object{
		{"content": ""},
		{"content": " \n\t\u00a0"},
		{"content": strings.Repeat("語", 8001)},
		{"content": "canary\x00"},
		{"content": nil},
		{"content": 5},
		{},
		{"Content": "canary"},
		{"content": "canary", "room": "canary"},
	} {
		refused := string(d.wantInvalidRequest("POST", path, body).Body)
		if !strings.Contains(strings.ToLower(refused), `"field":"`) || strings.Contains(refused, "canary") {
			d.Errorf("%.80v: the error must name the field and must not contain its value: %s", body, refused)
		}
	}
	d.wantError(http.StatusBadRequest, "malformed_body", "POST", path, []byte(`{"content":"canary`))
	messages, r := d.listMessages("/chatroom/" + room + "/messages")
	if len(messages) != 0 || r.Link("monitor") == "" {
		t.Errorf("messages after refused ones = %s with the monitor link %q, want no messages and a link to poll with",
			r.Body, r.Link("monitor"))
	}
	d.checkMessageCount(0)
}

func TestTheWaitOfALongPollIsBetween0And30Seconds(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	reply := d.Send(d.NewRoom("r"), "hello")
	d.Wait(reply)
	for _, wait := range []string{"-1", "31", "x", "1.5"} {
		d.wantInvalidRequest("GET", reply+"?wait="+wait, nil)
	}
}
