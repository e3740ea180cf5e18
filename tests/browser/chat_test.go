package browser

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kuvaka-tech/parley/tests/harness"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// chatTest is a test of the chat page.
type chatTest struct {
	name string
	run  func(t *testing.T, chromium context.Context)
}

// chatTests are the tests of the chat page.
var chatTests = []chatTest{
	{"a newcomer logs in and watches the first answer", testFirstAnswer},
	{"a text that is typed while the page loads is kept", testEarlyTyping},
	{"a reload during an answer loses nothing", testReload},
	{"an answer continues after an outage of the network", testOutage},
	{"an answer is stopped", testStop},
	{"an answer is retried and its earlier version shown", testRetry},
	{"a message is edited", testEdit},
	{"two tabs share one stream", testTwoTabs},
	{"a message is found", testSearch},
	{"a room is renamed, instructed and deleted", testRoomSettings},
	{"the sixth message of a day leads to the checkout", testUpgrade},
	{"the page says that its session has ended", testEndedSession},
	{"the page sends its device token to the next login", testDeviceToken},
	{"rapid switching between rooms loses no message", testRapidSwitching},
	{"changes during the load of the rooms are kept", testChangesWhileRoomsLoad},
	{"a message whose response is lost leaves the field", testLostResponse},
	{"strange addresses lead to a new chat", testStrangeAddresses},
	{"back leads beyond a deleted room", testBackBeyondDeletedRoom},
	{"a logout forgets what was typed", testLogoutForgetsDrafts},
	{"a hostile answer does nothing", testHostileAnswer},
	{"hostile and right-to-left texts keep the layout", testOtherScripts},
	{"everything works with the keyboard", testKeyboard},
	{"axe finds nothing serious", testAccessibility},
	{"Screenshot", testScreenshot},
}

const (
	slowPace   = 50 * time.Millisecond
	longAnswer = 60 // words, which take 3 s
)

// slowModel answers "count" with longAnswer words.
func slowModel() model {
	return model{answers: map[string]string{"count": words(longAnswer)}, pace: slowPace}
}

func testFirstAnswer(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{
		answers: map[string]string{"hello": "Hello **you**, `code` and " + words(longAnswer)},
		pace:    slowPace,
	}))
	v.login()
	v.until(`document.querySelectorAll("#examples button").length > 0`)
	v.send("hello")
	v.waitMessage(".reply.running", "Hello you")
	v.waitAnswered()
	v.checkMessages("hello", "Hello you, code and "+words(longAnswer))
	v.until(`document.querySelector(".reply strong").innerText === "you"`)
	v.until(`document.getElementById("composer-text").value === ""`)
	v.until(`document.querySelectorAll("#rooms a").length === 1`)
}

// The page shows its field before it has loaded the rooms.
func testEarlyTyping(t *testing.T, chromium context.Context) {
	app := start(t, model{})
	proxy := rig.NewProxy(t, portOf(t, app))
	v := newVisitAt(t, chromium, "http://"+rig.Loopback(proxy.Port))
	v.login()
	proxy.Delay(200 * time.Millisecond)
	v.do(chromedp.Reload())
	for _, letter := range strings.Split("hello", "") {
		v.do(chromedp.Focus(chromedp.CSS("#composer-text")), chromedp.KeyEvent(letter))
		time.Sleep(200 * time.Millisecond)
	}
	v.until(`document.querySelector("#rooms .none") !== null`)
	v.until(`document.getElementById("composer-text").value === "hello"`)
}

func testReload(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, slowModel()))
	v.login()
	v.send("count")
	v.waitMessage(".reply.running", words(5))
	v.do(chromedp.Reload())
	v.waitMessage(".reply.running", words(10))
	v.waitAnswered()
	v.checkMessages("count", words(longAnswer))
}

func testOutage(t *testing.T, chromium context.Context) {
	app := start(t, slowModel())
	proxy := rig.NewProxy(t, portOf(t, app))
	v := newVisitAt(t, chromium, "http://"+rig.Loopback(proxy.Port))
	v.login()
	v.send("count")
	v.waitMessage(".reply.running", words(5))
	proxy.Cut()
	v.until(`!document.getElementById("connection").hidden`)
	v.send("written offline")
	v.until(`!document.getElementById("composer-error").hidden`)
	v.until(`document.getElementById("composer-text").value === "written offline"`)
	proxy.Restore()
	v.until(`document.getElementById("connection").hidden`)
	v.waitAnswered()
	v.checkMessages("count", words(longAnswer))
	v.do(chromedp.Focus(chromedp.CSS("#composer-text")))
	v.press(kb.Enter)
	v.waitMessage(".reply", "You said: written offline")
}

// portOf returns the port of a program.
func portOf(t *testing.T, app *harness.Program) int {
	t.Helper()
	_, port, _ := strings.Cut(strings.TrimPrefix(app.URL(), "http://"), ":")
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatalf("%s has no port: %v", app.URL(), err)
	}
	return n
}

func testStop(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, slowModel()))
	v.login()
	v.send("count")
	v.waitMessage(".reply.running", words(5))
	v.click("#stop")
	v.until(`document.querySelector(".message:last-child.reply.cancelled .body.prose:not(.streamed)") !== null`)
	shown := v.messages()
	if got := shown[1]; !strings.HasPrefix(words(longAnswer), got) || len(got) < len(words(5)) {
		t.Errorf("the stopped answer is %q, want the beginning of the answer", got)
	}
	v.until(`document.getElementById("stop").hidden`)
	v.ask("and then")
}

func testRetry(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("hello")
	v.click(`[data-testid="retry"]`)
	v.until(`document.querySelector('[data-testid="versions"]') !== null`)
	v.waitAnswered()
	v.checkMessages("hello", "You said: hello")
	v.click(`[data-testid="versions"]`)
	const version = `#versions-dialog[open] [data-testid="version"]`
	v.until(`document.querySelector('` + version + `')?.innerText.includes("You said: hello")`)
	v.click("#versions-dialog [data-close]")
	v.until(`document.querySelector("dialog[open]") === null`)
}

func testEdit(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("hello")
	v.click(`[data-testid="edit"]`)
	v.fill(`[data-testid="edit-text"]`, "goodbye")
	v.click(`[data-testid="edit-save"]`)
	v.waitMessage(".reply", "You said: goodbye")
	v.waitAnswered()
	v.checkMessages("goodbye", "You said: goodbye")
	if n := evaluate[int](v, `document.querySelectorAll('[data-testid="versions"]').length`); n != 2 {
		t.Errorf("%d messages have earlier versions, want both", n)
	}
}

func testTwoTabs(t *testing.T, chromium context.Context) {
	first := newVisit(t, chromium, start(t, slowModel()))
	first.login()
	first.ask("hello")
	second := first.anotherTab()
	second.click("#rooms a")
	second.waitMessage(".reply", "You said: hello")
	first.send("count")
	second.waitMessage(".reply.running", words(5))
	if n := first.recorder.streams() + second.recorder.streams(); n != 1 {
		t.Errorf("the tabs opened %d streams, want one", n)
	}
	first.close()
	second.waitMessage(".reply.running", words(longAnswer/2))
	second.waitAnswered()
	second.checkMessages("hello", "You said: hello", "count", words(longAnswer))
	if n := second.recorder.streams(); n != 1 {
		t.Errorf("the tab that was left opened %d streams, want one", n)
	}
}
