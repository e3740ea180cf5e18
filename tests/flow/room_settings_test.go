package flow

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// checkSettings checks the name and the system prompt of a room in a response. nil means null.
func checkSettings(t *testing.T, r client.Response, name string, systemPrompt any) {
	t.Helper()
	var room map[string]any
	if err := json.Unmarshal(r.Body, &room); err != nil {
		t.Fatalf("decode the room %s: %v", r.Body, err)
	}
	model, hasModel := room["model"]
	if room["name"] != name || room["system_prompt"] != systemPrompt || model != nil || !hasModel {
		t.Errorf("room = %s, want the name %q, the system prompt %v and the model null", r.Body, name, systemPrompt)
	}
}

func TestTheSettingsOfARoomAreSetAndRemoved(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	created := d.Want(http.StatusCreated, "POST", "/chatroom", object{})
	checkSettings(t, created, "", nil)
	path := "/chatroom/" + created.Field("id")
	for _, step := range []struct {
		update       object
		name         string
		systemPrompt any
	}{
		{update: object{"system_prompt": "Answer briefly."}, systemPrompt: "Answer briefly."},
		{update: object{"name": "Owls"}, name: "Owls", systemPrompt: "Answer briefly."},
		{update: object{}, name: "Owls", systemPrompt: "Answer briefly."},
		{update: object{"system_prompt": nil}, name: "Owls"},
		{update: object{"name": "Bats", "system_prompt": "Squeak."}, name: "Bats", systemPrompt: "Squeak."},
		{update: object{"system_prompt": " \t\n"}, name: "Bats"},
	} {
		checkSettings(t, d.Want(http.StatusOK, "PATCH", path, step.update), step.name, step.systemPrompt)
		checkSettings(t, d.Want(http.StatusOK, "GET", path, nil), step.name, step.systemPrompt)
		want, _ := step.systemPrompt.(string)
		if rooms, r := d.listRooms("/chatroom"); rooms[0].Name != step.name || rooms[0].SystemPrompt != want {
			t.Errorf("rooms after the update %v = %s, want the new settings", step.update, r.Body)
		}
	}
	unnamed := d.Want(http.StatusCreated, "POST", "/chatroom", object{"system_prompt": nil})
	checkSettings(t, unnamed, "", nil)
	both := object{"name": " Plans ", "system_prompt": "Plan."}
	checkSettings(t, d.Want(http.StatusCreated, "POST", "/chatroom", both), "Plans", "Plan.")
}

func TestASystemPromptHasUpTo4000CharactersAndIsKeptAsSent(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	path := "/chatroom/" + d.NewRoom("room")
	for _, systemPrompt := range []string{
		"x",
		strings.Repeat("語", 4000),
		"  Answer\r\n\tas a 🦉.\u0001 ",
		`"quoted" <b> & \ \u0000`,
	} {
		created := d.Want(http.StatusCreated, "POST", "/chatroom", object{"system_prompt": systemPrompt})
		checkSettings(t, created, "", systemPrompt)
		updated := d.Want(http.StatusOK, "PATCH", path, object{"system_prompt": systemPrompt})
		checkSettings(t, updated, "room", systemPrompt)
		checkSettings(t, d.Want(http.StatusOK, "GET", path, nil), "room", systemPrompt)
	}
}

func TestInvalidSettingsOfARoomAreRefused(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	path := "/chatroom/" + d.NewRoom("room")
	for _, c := range []struct {
		field string
		body  object
	}{
		{"system_prompt", object{"system_prompt": strings.Repeat("語", 4001)}},
		{"system_prompt", object{"system_prompt": "canary\x00"}},
		{"system_prompt", object{"system_prompt": 7}},
		{"system_prompt", object{"system_prompt": []string{"canary"}}},
		{"system_prompt", object{"name": "canary", "system_prompt": "canary\x00"}},
		{"name", object{"name": nil, "system_prompt": "canary"}},
		{"name", object{"name": " ", "system_prompt": nil}},
		{"model", object{"model": "canary"}},
		{"model", object{"model": nil}},
	} {
		for _, refused := range []client.Response{
			d.wantInvalidRequest("POST", "/chatroom", c.body),
			d.wantInvalidRequest("PATCH", path, c.body),
		} {
			body := string(refused.Body)
			if strings.Contains(body, "canary") || !strings.Contains(body, `"field":"`+c.field+`"`) {
				t.Errorf("%v: the error must name %s and must not contain a value: %s", c.body, c.field, body)
			}
		}
	}
	checkSettings(t, d.Want(http.StatusOK, "GET", path, nil), "room", nil)
	if rooms, r := d.listRooms("/chatroom"); len(rooms) != 1 {
		t.Errorf("rooms after refused requests = %s, want only one", r.Body)
	}
}
