package flow

import (
	"net/http"
	"strings"
	"testing"
)

// The original README's walk: sign up, get a code, log in, open a room, send a message, get the answer.
func TestFromPhoneNumberToAnswer(t *testing.T) {
	d := start(t, config(t)).device()
	n := number()
	if got := d.want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "Ada"}).Get("mobile_number"); got != n {
		t.Errorf("signed up %q", got)
	}
	d = d.login(n)
	me := d.want(http.StatusOK, "GET", "/user/me", nil)
	if me.Get("name") != "Ada" || me.Get("subscription_tier") != "Basic" || me.Get("daily_limit") != "5" || me.Get("daily_message_count") != "0" {
		t.Errorf("me: %s", me.Body)
	}
	room := d.room("AI Assistant Chat")
	reply := d.ask(room, "Explain quantum computing in simple terms")
	answer := d.answer(reply)
	if answer.Get("status") != "done" || !strings.Contains(answer.Get("content"), "quantum computing") {
		t.Errorf("answer: %s", answer.Body)
	}
	var messages []struct {
		Content    string
		IsFromUser bool `json:"is_from_user"`
	}
	if err := d.want(http.StatusOK, "GET", "/chatroom/"+room+"/messages", nil).Into(&messages); err != nil || len(messages) != 2 || !messages[0].IsFromUser || messages[1].IsFromUser {
		t.Errorf("messages: %+v, %v", messages, err)
	}
}
