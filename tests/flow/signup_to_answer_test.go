package flow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// TestFromPhoneNumberToAnswer is the first use of the program: sign up, request a code,
// log in, create a room, send a message and read the answer.
func TestFromPhoneNumberToAnswer(t *testing.T) {
	d := start(t, config(t)).tcpDevice()
	n := client.Number()
	signup := d.Want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "Ada"})
	checkFields(t, signup, map[string]string{"mobile_number": n})
	d = d.Login(n)
	checkFields(t, d.Want(http.StatusOK, "GET", "/user/me", nil), map[string]string{
		"name":                "Ada",
		"subscription_tier":   "Basic",
		"daily_limit":         "5",
		"daily_message_count": "0",
	})
	room := d.NewRoom("AI Assistant Chat")
	reply := d.Wait(d.Send(room, "Explain quantum computing in simple terms"))
	if reply.Field("status") != "done" || !strings.Contains(reply.Field("content"), "quantum computing") {
		t.Errorf("reply = %s, want it done with the words of the message", reply.Body)
	}
	messages := d.newestMessages(room)
	if len(messages) != 2 || !messages[0].IsFromUser || messages[1].IsFromUser {
		t.Errorf("messages of the room = %+v, want the message and its reply", messages)
	}
}
