package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/harness"
)

// patience is how long a visit waits for the page. It is long because other programs may
// use the processors.
const patience = 15 * time.Second

// visit is a tab in which a person uses the page of a program.
type visit struct {
	*testing.T
	chromium context.Context
	ctx      context.Context // of the tab
	end      context.CancelFunc
	origin   string // scheme, host and port of the page
	recorder *recorder
}

// newVisit opens the page in a browser without stored data, 1280 pixels wide. At the end of
// the test it fails if a script has failed or something was loaded from another site.
func newVisit(t *testing.T, chromium context.Context, app *harness.Program) *visit {
	t.Helper()
	return newVisitAt(t, chromium, app.URL())
}

// newVisitAt opens the page of a program that is reached at another origin.
func newVisitAt(t *testing.T, chromium context.Context, origin string) *visit {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	v := &visit{
		T:        t,
		chromium: chromium,
		ctx:      ctx,
		end:      closeTab,
		origin:   origin,
	}
	v.begin()
	return v
}

// anotherTab opens the page in another tab of the same browser.
func (v *visit) anotherTab() *visit {
	v.Helper()
	id := chromedp.FromContext(v.ctx).BrowserContextID
	ctx, closeTab := chromedp.NewContext(v.chromium, chromedp.WithExistingBrowserContext(id))
	other := *v
	other.ctx, other.end = ctx, closeTab
	other.begin()
	return &other
}

// begin opens the tab and the page.
func (v *visit) begin() {
	v.Helper()
	v.Cleanup(v.end)
	v.recorder = &recorder{origin: v.origin}
	v.Cleanup(func() { v.recorder.check(v.T) })
	v.do() // opens the tab
	if err := chromedp.Listen(v.ctx, v.recorder.listen); err != nil {
		v.Fatalf("listen to the tab: %v", err)
	}
	observe := page.AddScriptToEvaluateOnNewDocumentParams{Source: observers}
	if _, err := chromedp.Call(v.ctx, page.AddScriptToEvaluateOnNewDocument, observe); err != nil {
		v.Fatalf("add the observers: %v", err)
	}
	v.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(v.origin+"/"))
}

// close closes the tab.
func (v *visit) close() {
	v.Helper()
	if _, err := chromedp.Call(v.ctx, page.Close, cdp.Empty{}); err != nil {
		v.Fatalf("close the tab: %v", err)
	}
}

// do runs actions in the tab. Each waits for its element, at most for the patience.
func (v *visit) do(actions ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if len(actions) == 0 {
		ctx = v.ctx // a tab lives as long as the context of its first action
	}
	if err := chromedp.Do(ctx, actions...); err != nil {
		v.Fatalf("the browser failed: %v\n%s", err, v.state())
	}
}

// state describes the page for a failed test.
func (v *visit) state() string {
	ctx, cancel := context.WithTimeout(v.ctx, time.Second)
	defer cancel()
	const text = `location.href + "\n" + document.body.innerText.slice(0, 3000) + "\nfocus: " +
		document.activeElement.id + [...document.querySelectorAll("input, textarea")].map((field) =>
			"\n" + field.id + (field.readOnly ? " (read-only): " : ": ") + field.value).join("")`
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](text))
	if err != nil {
		return fmt.Sprintf("the page cannot be read: %v", err)
	}
	return shown
}

// evaluate returns the value of a JavaScript expression, which may be a promise.
func evaluate[T any](v *visit, expression string) T {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		v.Fatalf("evaluating %.200s failed: %v", expression, err)
	}
	return value
}

// until waits until a JavaScript expression is true.
func (v *visit) until(expression string) {
	v.Helper()
	v.do(untilAction(expression))
}

// untilAction waits until an expression is true, also across the loading of another page.
func untilAction(expression string) chromedp.Action[chromedp.Void] {
	poll := chromedp.Poll[bool](expression, chromedp.WithPollingInterval(20*time.Millisecond))
	return func(ctx context.Context, tab *chromedp.Target) (none chromedp.Void, err error) {
		for {
			_, err = poll(ctx, tab)
			if err == nil {
				return none, nil
			}
			if ctx.Err() != nil || !isLoading(err) {
				return none, fmt.Errorf("waiting for %s: %w", expression, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// isLoading reports whether an expression failed because the tab went to another page.
func isLoading(err error) bool {
	reason := err.Error()
	return strings.Contains(reason, "navigated") || strings.Contains(reason, "context with specified id")
}

// click clicks on the first visible element of a CSS selector.
func (v *visit) click(selector string) {
	v.Helper()
	v.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// fill replaces the text of a field, as a paste does.
func (v *visit) fill(selector, text string) {
	v.Helper()
	// The page ignores keys while it sends the message before.
	v.until(fmt.Sprintf("document.querySelector(%q)?.readOnly === false", selector))
	insert := func(ctx context.Context, tab *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, tab, input.InsertText, input.InsertTextParams{Text: text})
		return none, err
	}
	v.do(chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible),
		chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)),
		insert)
	v.until(fmt.Sprintf("document.querySelector(%q).value === %q", selector, text))
}

// press presses keys one after the other.
func (v *visit) press(keys ...string) {
	v.Helper()
	for _, key := range keys {
		v.do(chromedp.KeyEvent(key))
	}
}

// login logs in with a new number, which it returns. In development, the page fills the code in.
func (v *visit) login() (number string) {
	v.Helper()
	number = client.Number()
	v.fill("#phone", number)
	v.press(kb.Enter)
	v.until(`document.getElementById("code").value.length === 6`)
	v.press(kb.Enter)
	v.until(`!document.getElementById("welcome").hidden`)
	return number
}

// send sends a message.
func (v *visit) send(text string) {
	v.Helper()
	v.fill("#composer-text", text)
	for range 5 {
		v.do(chromedp.Evaluate[chromedp.Void](`lastKey = null; undefined`))
		v.press(kb.Enter)
		if v.received("Enter") {
			return
		}
		// While the machine is busy, Chromium loses a key, or counts it as a part of the inserted text.
		v.Logf("the page has received %s instead of Enter", evaluate[string](v, `JSON.stringify(lastKey)`))
	}
	v.Fatal("the page has received no Enter")
}

// received reports whether the page receives a key within a second.
func (v *visit) received(key string) bool {
	v.Helper()
	isReceived := fmt.Sprintf("lastKey?.name === %q && !lastKey.composing", key)
	for range 50 {
		if evaluate[bool](v, isReceived) {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// ask sends a message and waits for the end of its answer.
func (v *visit) ask(text string) {
	v.Helper()
	v.send(text)
	v.waitMessage(`.user`, text)
	v.waitAnswered()
}

// waitMessage waits until the last message of a kind, such as .reply, contains a text.
func (v *visit) waitMessage(kind, text string) {
	v.Helper()
	const last = `[...document.querySelectorAll(".message%s")].at(-1)`
	v.until(fmt.Sprintf(last+`?.innerText.includes(%q)`, kind, text))
}

// waitAnswered waits until the last message is a finished answer, with its format.
func (v *visit) waitAnswered() {
	v.Helper()
	v.until(`document.querySelector(".message:last-child.reply.done .body.prose:not(.streamed)") !== null`)
}

// messages returns the visible texts of the conversation.
func (v *visit) messages() []string {
	v.Helper()
	const bodies = `[...document.querySelectorAll(".message .body, .message .bubble")].map((e) => e.innerText.trim())`
	return evaluate[[]string](v, bodies)
}

// checkMessages fails the test unless the conversation has these texts.
func (v *visit) checkMessages(want ...string) {
	v.Helper()
	if got := v.messages(); strings.Join(got, "\n---\n") != strings.Join(want, "\n---\n") {
		v.Errorf("the messages are %q, want %q", got, want)
	}
}
