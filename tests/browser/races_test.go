package browser

import (
	"context"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// holdResponses is a script that holds back the responses whose address ends with a pattern, until
// the function release is called with their number.
const holdResponses = `
globalThis.held = [];
globalThis.release = (n) => held[n]();
globalThis.hold = (pattern) => {
  const real = fetch;
  globalThis.fetch = async (url, init) => {
    const response = await real(url, init);
    if (pattern.test(url) && (init?.method ?? "GET") === "GET") await new Promise((go) => held.push(go));
    return response;
  };
};
`

// goTo changes the address of the page after the "#".
func (v *visit) goTo(fragment string) {
	v.Helper()
	v.do(chromedp.Evaluate[chromedp.Void](`location.hash = "` + fragment + `"; undefined`))
}

// pause lets the page handle what has arrived. If that takes longer, a test may miss an error.
func (v *visit) pause() {
	v.Helper()
	v.until(`new Promise((go) => setTimeout(() => go(true), 300))`)
}

// The response of the second load is older than the messages on the screen.
func testRapidSwitching(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("first")
	room := v.openRoom()
	v.goTo("/")
	v.do(chromedp.Reload())
	v.until(`document.querySelectorAll("#rooms a").length === 1`)
	v.do(chromedp.Evaluate[chromedp.Void](holdResponses + `hold(/messages\?/)`))
	for n, fragment := range []string{"/c/" + room, "/", "/c/" + room} {
		v.goTo(fragment)
		v.until(`held.length === ` + map[int]string{0: "1", 1: "1", 2: "2"}[n])
	}
	v.do(chromedp.Evaluate[chromedp.Void](`release(0)`))
	v.waitMessage(".reply", "You said: first")
	d := v.device()
	d.Wait(d.Send(room, "second"))
	v.waitMessage(".reply", "You said: second")
	v.do(chromedp.Evaluate[chromedp.Void](`release(1)`))
	v.pause()
	v.checkMessages("first", "You said: first", "second", "You said: second")
}

// The list of rooms that the page loads is older than the events that have arrived.
func testChangesWhileRoomsLoad(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	d := v.device()
	for _, name := range []string{"kept", "gone", "old"} {
		d.Want(http.StatusCreated, "POST", "/chatroom", map[string]string{"name": name})
	}
	v.until(`document.querySelectorAll("#rooms a").length === 3`)
	ids := evaluate[map[string]string](v, `Object.fromEntries([...document.querySelectorAll("#rooms a")]
		.map((e) => [e.innerText.trim(), e.dataset.room]))`)
	slow := page.AddScriptToEvaluateOnNewDocumentParams{Source: holdResponses + `hold(/chatroom$/)`}
	if _, err := chromedp.Call(v.ctx, page.AddScriptToEvaluateOnNewDocument, slow); err != nil {
		t.Fatalf("add the script: %v", err)
	}
	v.do(chromedp.Reload())
	v.until(`held.length === 1`)
	d.Want(http.StatusOK, "PATCH", "/chatroom/"+ids["old"], map[string]string{"name": "new"})
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+ids["gone"], nil)
	d.Want(http.StatusCreated, "POST", "/chatroom", map[string]string{"name": "added"})
	v.pause()
	v.do(chromedp.Evaluate[chromedp.Void](`release(0)`))
	const names = `[...document.querySelectorAll("#rooms a")].map((e) => e.innerText.trim()).sort().join(" ")`
	v.until(names + ` === "added kept new"`)
}

// loseResponse is a script that loses the response of the next message, once its answer is on the screen.
const loseResponse = `
{
  const real = fetch;
  const answered = () => document.querySelector(".reply.done .body.prose:not(.streamed)") !== null;
  globalThis.fetch = async (url, init) => {
    const response = await real(url, init);
    if (!/message$/.test(url)) return response;
    globalThis.fetch = real;
    while (!answered()) await new Promise((go) => setTimeout(go, 20));
    throw new TypeError("the connection is lost");
  };
}
`

// The stream shows that the message was accepted, so the page does not ask the user to send it again.
func testLostResponse(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.do(chromedp.Evaluate[chromedp.Void](loseResponse))
	v.ask("hello")
	v.until(`!document.getElementById("composer-text").readOnly`)
	v.pause()
	v.until(`document.getElementById("composer-error").hidden`)
	v.until(`document.getElementById("composer-text").value === ""`)
	v.ask("and then")
	v.checkMessages("hello", "You said: hello", "and then", "You said: and then")
}
