package flow

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/client"
)

// edit replaces the text of a message and returns the response, which must be 202.
func (d device) edit(promptPath, text string, headers ...string) client.Response {
	d.Helper()
	return d.Want(http.StatusAccepted, "PATCH", promptPath, object{"content": text}, headers...)
}

// wantNotEditable checks that the text of a message cannot be replaced.
func (d device) wantNotEditable(messagePath string) {
	d.Helper()
	d.wantError(http.StatusConflict, "not_editable", "PATCH", messagePath, object{"content": "other"})
}

func TestTheLastMessageIsReplacedAndAnsweredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "1s"))
		room := d.NewRoom("r")
		path := d.Send(room, "first")
		prompt := d.promptOf(path)
		before := d.Wait(prompt)
		d.Wait(path)
		r := d.edit(prompt, "second")
		checkFields(t, r, map[string]string{
			"id": messageID(prompt), "chatroom_id": room, "content": "second", "is_from_user": "true",
			"reply.id": messageID(path), "reply.status": "queued", "created_at": before.Field("created_at"),
		})
		checkHeaders(t, r, "edit", map[string]string{
			"Location": path, "RateLimit-Limit": "5", "RateLimit-Remaining": "3",
		})
		d.checkAnswer(path, "You said: second")
		checkFields(t, d.Wait(prompt), map[string]string{"content": "second", "status": "done", "versions": "1"})
		d.checkVersions(prompt, versionJSON{"first", "done", second(0)})
		d.checkVersions(path, versionJSON{"You said: first", "done", second(0)})
		d.edit(prompt, "third")
		d.checkAnswer(path, "You said: third")
		d.checkVersions(prompt, versionJSON{"first", "done", second(0)}, versionJSON{"second", "done", second(1)})
		d.checkVersions(path,
			versionJSON{"You said: first", "done", second(0)}, versionJSON{"You said: second", "done", second(1)})
		if messages := d.newestMessages(room); len(messages) != 2 || messages[0].Content != "third" {
			t.Errorf("messages after the edits = %+v, want the last text and its reply", messages)
		}
		d.checkMessageCount(3)
	})
}

func TestAWatcherSeesAnEditAndItsReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		streams := []*client.Watcher{d.watchRoom(room), d.Watch(allRooms)}
		path := d.Send(room, "first")
		prompt := d.promptOf(path)
		for _, w := range streams {
			w.Until("done")
		}
		d.edit(prompt, "second")
		for _, w := range streams {
			w.Until("done")
			d.checkView(w.View, path)
			d.checkView(w.View, prompt)
			if w.View.Resets != 0 {
				t.Errorf("%s: %d resets, want none", w.Path, w.View.Resets)
			}
		}
	})
}

func TestTheModelGetsOnlyTheNewTextOfAnEditedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log promptLog
		_, d := startLoggedIn(t, config(t), withLLM(recordingEcho(&log, time.Second, nil)))
		room := d.NewRoom("r")
		path := d.Send(room, "first")
		d.Wait(path)
		d.edit(d.promptOf(path), "second")
		d.Wait(path)
		d.Wait(d.Send(room, "third"))
		want := [][]chat.Turn{
			{{FromUser: true, Text: "first"}},
			{{FromUser: true, Text: "second"}},
			{{FromUser: true, Text: "second"}, {Text: "You said: second"}, {FromUser: true, Text: "third"}},
		}
		var got [][]chat.Turn
		for _, p := range log.prompts {
			got = append(got, p.Turns)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("prompts of the model (-want +got):\n%s", diff)
		}
	})
}

func TestAnEditMovesItsRoomToTheTop(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	first := d.NewRoom("first")
	path := d.Send(first, "hello")
	d.Wait(path)
	d.Send(d.NewRoom("second"), "hello")
	d.edit(d.promptOf(path), "other")
	if rooms, _ := d.listRooms("/chatroom"); roomNames(rooms) != "first second" {
		t.Errorf("rooms after the edit = %q, want the room of the edit first", roomNames(rooms))
	}
}

func TestOnlyTheLastMessageOfARoomCanBeEditedAndOnlyAfterItsReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "2s"))
		room := d.NewRoom("r")
		first, second := d.Send(room, "one"), d.Send(room, "two")
		for range 4 { // the second reply is queued, then running
			for _, reply := range []string{first, second} {
				d.wantNotEditable(reply)
				d.wantNotEditable(d.promptOf(reply))
			}
			time.Sleep(900 * time.Millisecond)
		}
		d.Wait(second)
		for _, path := range []string{first, second, d.promptOf(first)} {
			d.wantNotEditable(path)
		}
		other := messagesOf(d.NewRoom("other")) + "/" + messageID(d.promptOf(second))
		d.wantError(http.StatusNotFound, "not_found", "PATCH", other, object{"content": "other"})
		d.edit(d.promptOf(second), "three")
		d.checkAnswer(second, "You said: three")
		d.checkMessageCount(3)
	})
}

func TestAnEditHasTheRulesOfAMessage(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	path := d.Send(d.NewRoom("r"), "hello")
	d.Wait(path)
	prompt := d.promptOf(path)
	for _, body := range []object{
		{"content": ""},
		{"content": " \n"},
		{"content": strings.Repeat("語", 8001)},
		{"content": "a\x00"},
		{},
		{"text": "x"},
	} {
		d.wantInvalidRequest("PATCH", prompt, body)
	}
	d.edit(prompt, strings.Repeat("語", 8000))
	d.checkAnswer(path, "You said: "+strings.Repeat("語", 8000))
	d.checkMessageCount(2)
}
