package flow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// wireMessage is a message as a client reads it.
type wireMessage struct {
	ID         string `json:"id"`
	ChatroomID string `json:"chatroom_id"`
	Content    string `json:"content"`
	IsFromUser bool   `json:"is_from_user"`
	Status     string `json:"status"`
	InReplyTo  string `json:"in_reply_to"`
	CreatedAt  string `json:"created_at"`
	Error      *struct{ Code string }
}

// messages reads a page of a room, whose path is as a Link gives it.
func (d device) messages(path string) ([]wireMessage, client.Answer) {
	d.t.Helper()
	a := d.want(http.StatusOK, "GET", path, nil)
	var list []wireMessage
	if err := a.Into(&list); err != nil {
		d.t.Fatal(err)
	}
	return list, a
}

func TestAMessageIsAcceptedAsItWasSent(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	room := d.room("r")
	for _, text := range []string{"x", "  two  spaces \r\n\ttab ", `{"a":"\u0000"} <script>&`, "👩‍👩‍👧 e\u0301 \u202e", strings.Repeat("語", 8000)} {
		sent := d.want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", object{"content": text})
		reply := "/chatroom/" + room + "/messages/" + sent.Get("reply.id")
		if sent.Get("content") != text || sent.Get("chatroom_id") != room || sent.Get("is_from_user") != "true" || sent.Get("reply.status") != "queued" || sent.Header.Get("Location") != reply {
			t.Errorf("sent: %.200s, Location %s", sent.Body, sent.Header.Get("Location"))
		}
		kept := d.want(http.StatusOK, "GET", "/chatroom/"+room+"/messages/"+sent.Get("id")+"?wait=30", nil)
		if kept.Get("content") != text || kept.Get("status") != "done" || kept.Get("is_from_user") != "true" || kept.Get("created_at") != sent.Get("created_at") || kept.Get("in_reply_to") != "" {
			t.Errorf("kept: %.200s", kept.Body)
		}
		answer := d.answer(reply)
		if answer.Get("in_reply_to") != sent.Get("id") || answer.Get("is_from_user") != "false" || answer.Get("status") != "done" || answer.Get("content") != "You said: "+text {
			t.Errorf("answer: %.200s", answer.Body)
		}
	}
}

func TestTextsThatAreRefused(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	path := "/chatroom/" + d.room("r") + "/message"
	bad := []object{
		{"content": ""}, {"content": " \n\t\u00a0"}, {"content": strings.Repeat("語", 8001)}, {"content": "canary\x00"},
		{"content": nil}, {"content": 5}, {}, {"Content": "canary"}, {"content": "canary", "room": "canary"},
	}
	for _, body := range bad {
		refused := d.want(http.StatusUnprocessableEntity, "POST", path, body)
		if refused.Get("code") != "invalid_request" || !strings.Contains(strings.ToLower(string(refused.Body)), `"field":"`) || strings.Contains(string(refused.Body), "canary") {
			t.Errorf("%.80v: %s", body, refused.Body)
		}
	}
	if refused := d.want(http.StatusBadRequest, "POST", path, []byte(`{"content":"canary`)); refused.Get("code") != "malformed_body" {
		t.Errorf("cut short: %s", refused.Body)
	}
	if list, a := d.messages(path + "s"); len(list) != 0 || a.Link("next") == "" {
		t.Errorf("after refusals: %s", a.Body)
	}
	if me := d.want(http.StatusOK, "GET", "/user/me", nil); me.Get("daily_message_count") != "0" {
		t.Errorf("refused messages were counted: %s", me.Body)
	}
}

// say has n messages answered in a room, one after the other.
func (d device) say(room string, n int) {
	d.t.Helper()
	var last string
	for i := range n {
		last = d.ask(room, fmt.Sprint("message ", i))
	}
	d.answer(last)
}

func TestPagingThroughAllMessages(t *testing.T) {
	d := start(t, config(t, "BASIC_DAILY_LIMIT", "1000", "ECHO_LATENCY", "0s")).device().login(number())
	room := d.room("r")
	d.say(room, 125)
	newest, a := d.messages("/chatroom/" + room + "/messages")
	if len(newest) != 50 || newest[49].Content != "You said: message 124" || newest[0].Content != "message 100" {
		t.Fatalf("the newest %d begin with %q and end with %q", len(newest), newest[0].Content, newest[len(newest)-1].Content)
	}
	all := newest
	for path := a.Link("prev"); path != ""; {
		older, a := d.messages(path)
		if a.Link("next") != "" || len(older) == 0 {
			t.Fatalf("a page of %d older messages with Link %q", len(older), a.Header.Values("Link"))
		}
		all = append(older, all...)
		if path = a.Link("prev"); path != "" {
			d.ask(room, "meanwhile") // what is added later moves nothing
		}
	}
	inOrder(t, all[:250])
	d.checkLimits(room, len(all))
}

// inOrder checks that each prompt is there once, followed by its reply.
func inOrder(t *testing.T, all []wireMessage) {
	t.Helper()
	seen := map[string]bool{}
	for i, m := range all {
		want := fmt.Sprint("message ", i/2)
		if i%2 == 1 {
			want = "You said: " + want
		}
		if m.Content != want || seen[m.ID] || m.IsFromUser != (i%2 == 0) || i%2 == 1 && m.InReplyTo != all[i-1].ID {
			t.Fatalf("message %d is %+v, want %q", i, m, want)
		}
		seen[m.ID] = true
	}
}

func (d device) checkLimits(room string, n int) {
	d.t.Helper()
	path := "/chatroom/" + room + "/messages"
	for _, limit := range []int{1, 100} {
		if list, _ := d.messages(fmt.Sprintf("%s?limit=%d", path, limit)); len(list) != min(limit, n) {
			d.t.Errorf("limit %d: %d messages", limit, len(list))
		}
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=x"} {
		d.want(http.StatusUnprocessableEntity, "GET", path+"?"+query, nil)
	}
}

// One who polls with the next cursor sees every message, and a reply again whenever it changes.
func TestPollingSeesEveryChangeOnce(t *testing.T) {
	d := start(t, config(t, "BASIC_DAILY_LIMIT", "1000", "ECHO_LATENCY", "0s")).device().login(number())
	room := d.room("r")
	_, a := d.messages("/chatroom/" + room + "/messages?limit=7")
	next := a.Link("next")
	d.say(room, 125)
	var changes []wireMessage
	for {
		page, a := d.messages(next)
		if len(page) == 0 {
			if again := a.Link("next"); again != next {
				t.Errorf("an empty page leads from %s to %s", next, again)
			}
			break
		}
		if len(page) > 7 || a.Link("prev") != "" || a.Link("next") == "" {
			t.Fatalf("a page of %d changes with Link %q", len(page), a.Header.Values("Link"))
		}
		changes, next = append(changes, page...), a.Link("next")
	}
	seen := map[string]bool{} // nothing changed while the poller went through: each is there once
	for _, m := range changes {
		seen[m.ID] = m.Status == "done"
	}
	if len(changes) != 250 || len(seen) != 250 {
		t.Fatalf("%d changes of %d messages, want 250", len(changes), len(seen))
	}
	d.want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
	d.want(http.StatusNotFound, "GET", next, nil)
}

func TestBothCursorsAtOnce(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	room := d.room("r")
	d.answer(d.ask(room, "hello"))
	_, a := d.messages("/chatroom/" + room + "/messages?limit=1")
	_, before, _ := strings.Cut(a.Link("prev"), "?")
	refused := d.want(http.StatusUnprocessableEntity, "GET", a.Link("next")+"&"+before, nil)
	if refused.Get("code") != "invalid_request" {
		t.Errorf("both cursors: %s", refused.Body)
	}
}

func TestWaitHasBounds(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	reply := d.ask(d.room("r"), "hello")
	d.answer(reply)
	for _, wait := range []string{"-1", "31", "x", "1.5"} {
		if refused := d.want(http.StatusUnprocessableEntity, "GET", reply+"?wait="+wait, nil); refused.Get("code") != "invalid_request" {
			t.Errorf("wait=%s: %s", wait, refused.Body)
		}
	}
}
