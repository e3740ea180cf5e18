package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kuvaka-tech/parley/tests/client"
)

// usabilityTests are about what newcomers found difficult.
var usabilityTests = []chatTest{
	{"logging out ends the session on the server", testLogout},
	{"an answer has its format while it is written", testFormatWhileStreaming},
	{"a hostile answer does nothing while it is written", testHostileStream},
	{"the end stays in view until the user scrolls up", testFollowEnd},
	{"a number without a country code is refused with an example", testNumberWithoutCountry},
	{"Esc and a click beside the search close it", testCloseSearch},
	{"found messages show no marks of Markdown", testPlainSnippets},
	{"the badge opens the instructions, and an edited message says so", testInstructionsAndEdit},
	{"texts that are built to be slow do not stop the page", testSlowTexts},
}

func testLogout(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	token := evaluate[string](v, `JSON.parse(localStorage.getItem("parley.session")).token`)
	d := client.Device{Client: client.At(v.origin).As(token), TB: t}
	d.Want(200, "GET", "/user/me", nil)
	v.click("#logout")
	v.until(`!document.getElementById("login-notice").hidden`)
	d.Want(401, "GET", "/user/me", nil)
}

// distance is how many pixels are below the visible part of the conversation.
const distance = `((s) => Math.round(s.scrollHeight - s.scrollTop - s.clientHeight))(
	document.getElementById("scroller"))`

func testFollowEnd(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{answers: map[string]string{"owls": formattedAnswer}}))
	v.login()
	v.ask("owls")
	v.ask("one\n\ntwo\n\nthree\n\nfour") // the field shrinks afterwards
	v.until(distance + ` <= 1`)
	// A scroll event may come before the page knows that the content has grown.
	evaluate[bool](v, `(document.querySelector(".message:last-child").style.paddingBottom = "200px",
		document.getElementById("scroller").dispatchEvent(new Event("scroll")), true)`)
	v.until(distance + ` <= 1 && document.getElementById("jump").hidden`)
	evaluate[bool](v, `(document.getElementById("scroller").scrollTop -= 300, true)`)
	v.until(`!document.getElementById("jump").hidden`)
	evaluate[bool](v, `(document.querySelector(".message:last-child").style.paddingBottom = "400px", true)`)
	v.until(distance + ` > 300`)
	v.click("#jump")
	v.until(distance + ` <= 1 && document.getElementById("jump").hidden`)
}

func testNumberWithoutCountry(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	for _, number := range []string{"", "555 010 9999", "+1"} {
		v.until(`document.activeElement.id === "phone"`)
		v.fill("#phone", number)
		v.press(kb.Enter)
		v.until(`document.getElementById("phone-error").innerText.includes("for example +1 555 010 9999")`)
		evaluate[bool](v, `(document.getElementById("phone-error").textContent = "", true)`)
	}
	const sent = `performance.getEntriesByName(location.origin + "/auth/send-otp").length`
	if n := evaluate[int](v, sent); n > 0 {
		t.Errorf("the page sent %d requests with these numbers, want none", n)
	}
}

func testCloseSearch(t *testing.T, chromium context.Context) {
	const isClosed = `document.querySelector("dialog[open]") === null`
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.click("#open-search")
	v.press(kb.Escape)
	v.until(isClosed)
	v.click("#open-search")
	v.fill("#search-text", "owls")
	v.press(kb.Escape)
	v.until(`document.getElementById("search-text").value === "" && !(` + isClosed + `)`)
	v.press(kb.Escape)
	v.until(isClosed)
	v.ask("hello")
	v.click("#open-search")
	v.do(chromedp.MouseClickXY(60, 100)) // the button "New chat" behind the dialog
	v.until(isClosed + ` && !document.getElementById("welcome").hidden`)
}

func testPlainSnippets(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{answers: map[string]string{
		"owls": "## Night\n\n- **Owls** hunt `quietly`\n\n" +
			"| A | B |\n|---|---|\n| [wings](https://a.example) | *soft* |",
	}}))
	v.login()
	v.ask("owls")
	v.click("#open-search")
	v.fill("#search-text", "hunt")
	v.until(`document.querySelector(".snippet")?.innerText === "Night Owls hunt quietly A B wings soft"`)
}

func testInstructionsAndEdit(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("hello")
	v.click("#room-menu-button")
	v.click("#edit-instructions")
	v.fill("#instructions-text", "Be kind.")
	v.press(kb.Tab, kb.Tab, kb.Enter)
	v.until(`document.querySelector("dialog[open]") === null`)
	v.click("#instructions-badge")
	v.until(`document.getElementById("instructions-text").value === "Be kind."`)
	v.press(kb.Escape)
	v.click(`[data-testid="edit"]`)
	v.fill(`[data-testid="edit-text"]`, "goodbye")
	v.press(kb.Enter)
	v.waitMessage(".reply", "You said: goodbye")
	v.until(`document.querySelector(".user .note").innerText === "Edited"`)
}
