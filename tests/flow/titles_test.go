package flow

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

// memoryModel is a model that writes answers, titles and summaries with functions, and records
// its prompts. Without a function it echoes.
type memoryModel struct {
	answer, title, summary func(p chat.Prompt) (string, error)

	mu      sync.Mutex
	prompts []chat.Prompt
}

// Answer implements ports.LLM.
func (m *memoryModel) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	m.mu.Lock()
	m.prompts = append(m.prompts, p)
	m.mu.Unlock()
	write := m.answer
	switch p.Purpose {
	case chat.ForTitle:
		write = m.title
	case chat.ForSummary:
		write = m.summary
	}
	if write == nil {
		return fake.NewEcho(fake.EchoOptions{}).Answer(ctx, p, emit)
	}
	text, err := write(p)
	if err != nil {
		return chat.Usage{}, err
	}
	return chat.Usage{}, emit(text)
}

// promptsFor returns the prompts with a purpose, in order.
func (m *memoryModel) promptsFor(purpose chat.Purpose) []chat.Prompt {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []chat.Prompt
	for _, p := range m.prompts {
		if p.Purpose == purpose {
			all = append(all, p)
		}
	}
	return all
}

// newRoom creates a room with these settings.
func (d device) newRoom(settings object) (roomID string) {
	d.Helper()
	return d.Want(http.StatusCreated, "POST", "/chatroom", settings).Field("id")
}

// hasName returns a function that reports whether a view shows a room with this name.
func hasName(roomID, name string) func(*client.View) bool {
	return func(v *client.View) bool { return v.Rooms[roomID].Name == name }
}

func TestARoomWithoutANameGetsATitle(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	w := d.Watch(allRooms)
	room := d.newRoom(object{})
	d.listRooms("/chatroom") // may be cached from now on
	w.UntilView(func(v *client.View) bool { return hasRoom(room)(v) && hasName(room, "")(v) })
	path := d.Send(room, "What do owls eat in the winter?")
	d.checkAnswer(path, "You said: What do owls eat in the winter?")
	w.UntilView(func(v *client.View) bool { return isFinal(path)(v) && hasName(room, "What do owls eat in the")(v) })
	d.checkRooms(w.View)
	shown := d.Want(http.StatusOK, "GET", "/chatroom/"+room, nil)
	checkFields(t, shown, map[string]string{"name": "What do owls eat in the"})
	if n := len(d.newestMessages(room)); n != 2 {
		t.Errorf("the room shows %d messages, want 2: the title is none", n)
	}
	d.checkMessageCount(1)
	d.checkAnswer(d.Send(room, "And bats?"), "You said: And bats?")
	d.Want(http.StatusOK, "PATCH", "/chatroom/"+room, object{"name": "Mine"})
	w.UntilView(hasName(room, "Mine"))
}

// The title needs no further request of the client, and no poll of the server.
func TestATitleIsAnnouncedImmediately(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		w := d.Watch(allRooms)
		room := d.newRoom(object{})
		path := d.Send(room, "hello")
		d.waitFinal(path)
		answered := time.Now()
		w.UntilView(hasName(room, "hello"))
		checkElapsed(t, answered, 0, 10*time.Millisecond)
	})
}

func TestAFailingTitleHasNoEffect(t *testing.T) {
	failures := 0
	m := &memoryModel{title: func(chat.Prompt) (string, error) {
		failures++
		if failures == 1 {
			return "", &reply.Failure{Code: reply.CodeBlocked}
		}
		return "A title", nil
	}}
	p := start(t, config(t), withLLM(m))
	d := p.tcpDevice().Login(client.Number())
	room := d.newRoom(object{})
	w := d.Watch(allRooms)
	d.checkAnswer(d.Send(room, "hello"), "You said: hello")
	p.waitForLog("chore failed")
	checkFields(t, d.Want(http.StatusOK, "GET", "/chatroom/"+room, nil), map[string]string{"name": ""})
	d.checkMessageCount(1)
	d.checkAnswer(d.Send(room, "hello again"), "You said: hello again")
	w.UntilView(hasName(room, "A title"))
	p.checkNoErrorLogs()
	p.checkLogCount("hello", 0)
	p.checkLogCount("A title", 0)
}

// waitForLog waits until the log contains a text.
func (p *program) waitForLog(text string) {
	p.t.Helper()
	for range 1000 {
		if strings.Contains(p.Log.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.t.Fatalf("the log does not contain %q within 10 s", text)
}

func TestTheSystemPromptOfARoomReachesTheModel(t *testing.T) {
	m := &memoryModel{}
	d := start(t, config(t, "SYSTEM_PROMPT", "Be kind."), withLLM(m)).tcpDevice().Login(client.Number())
	room := d.newRoom(object{"name": "r", "system_prompt": "Answer as an owl."})
	d.waitFinal(d.Send(room, "one"))
	d.Want(http.StatusOK, "PATCH", "/chatroom/"+room, object{"system_prompt": strings.Repeat("語", 4000)})
	d.waitFinal(d.Send(room, "two"))
	d.Want(http.StatusOK, "PATCH", "/chatroom/"+room, object{"system_prompt": nil})
	d.waitFinal(d.Send(room, "three"))
	want := []string{"Be kind.\n\nAnswer as an owl.", "Be kind.\n\n" + strings.Repeat("語", 4000), "Be kind."}
	prompts := m.promptsFor(chat.ForAnswer)
	if len(prompts) != len(want) {
		t.Fatalf("the model was called %d times for answers, want %d", len(prompts), len(want))
	}
	for i, p := range prompts {
		if p.System != want[i] || len(p.Turns) != 2*i+1 {
			t.Errorf("prompt %d has the system text %.60q and %d turns, want %.60q and all messages",
				i+1, p.System, len(p.Turns), want[i])
		}
	}
}
