package browser

import (
	"context"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kuvaka-tech/parley/tests/client"
)

func testSearch(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("where do owls sleep")
	v.click("#new-chat")
	v.until(`document.querySelectorAll(".message").length === 0`)
	v.ask("something else")
	v.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	v.fill("#search-text", "OWLS")
	v.until(`document.querySelectorAll('[data-testid="result"]').length === 2`)
	v.click(`[data-testid="result"]`)
	v.until(`document.querySelector(".message.found")?.innerText.includes("owls")`)
	v.until(`document.querySelector("dialog[open]") === null`)
	v.checkMessages("where do owls sleep", "You said: where do owls sleep")
}

func testRoomSettings(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("hello")
	v.openRoomDialog("rename")
	v.fill("#rename-text", "Owls <b>& foxes</b>")
	v.press(kb.Enter)
	v.until(`document.getElementById("room-title").innerText === "Owls <b>& foxes</b>"`)
	v.until(`document.querySelector("#rooms a .name").innerText === "Owls <b>& foxes</b>"`)
	v.openRoomDialog("edit-instructions")
	v.fill("#instructions-text", "Answer in Spanish")
	v.click("#instructions-dialog .primary")
	v.until(`!document.getElementById("instructions-badge").hidden`)
	v.openRoomDialog("delete")
	v.click("#delete-dialog .destructive")
	v.until(`document.querySelectorAll("#rooms a").length === 0`)
	v.until(`!document.getElementById("welcome").hidden`)
}

// openRoomDialog opens a dialog from the menu of the open room: rename, edit-instructions or delete.
func (v *visit) openRoomDialog(name string) {
	v.Helper()
	v.click("#room-menu-button")
	v.click(`#room-menu [id^="` + name + `"]`)
	v.until(`document.querySelector("dialog[open]") !== null`)
}

// useUpMessages sends messages to the open room until none is left for the day.
func (v *visit) useUpMessages() {
	v.Helper()
	d := v.device()
	room := evaluate[string](v, `location.hash.split("/")[2]`)
	left := d.Want(http.StatusOK, "GET", "/subscribe/status", nil).Field("messages_remaining")
	for ; left != "0"; left = d.Want(http.StatusOK, "GET", "/subscribe/status", nil).Field("messages_remaining") {
		d.Wait(d.Send(room, "another with "+left+" left"))
	}
	v.waitMessage(".reply", "another with 1 left")
}

func testUpgrade(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("one")
	v.useUpMessages()
	v.send("six")
	v.until(`!document.getElementById("upgrade-card").hidden`)
	v.until(`document.getElementById("composer-text").value === "six"`)
	v.click("#upgrade-now")
	v.click(`button[value="pay"]`)
	v.until(`document.getElementById("plan-name")?.innerText === "Pro plan"`)
	v.until(`document.getElementById("composer-text").value === "six"`)
	v.do(chromedp.Focus(chromedp.CSS("#composer-text")))
	v.press(kb.Enter)
	v.waitMessage(".reply", "You said: six")
}

// device returns a client with the session of the page.
func (v *visit) device() client.Device {
	v.Helper()
	token := evaluate[string](v, `JSON.parse(localStorage.getItem("parley.session")).token`)
	return client.Device{Client: client.At(v.origin).As(token), TB: v.T}
}

func testEndedSession(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	number := v.login()
	v.ask("hello")
	v.resetPassword(number)
	v.until(`!document.getElementById("login").hidden && document.getElementById("login-notice").innerText !== ""`)
	if n := evaluate[int](v, `document.querySelectorAll(".message").length`); n != 0 {
		t.Errorf("%d messages are visible after the end of the session, want none", n)
	}
	v.login()
	v.ask("hello again")
}

// The session is lost, and strangers have used up the codes of the number.
func testDeviceToken(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	number := v.login()
	v.do(chromedp.Evaluate[chromedp.Void](`localStorage.removeItem("parley.session"); location.reload()`))
	v.until(`!document.getElementById("login").hidden && document.readyState === "complete"`)
	v.fill("#phone", number)
	v.press(kb.Enter)
	v.until(`document.getElementById("code").value.length === 6`)
	stranger := client.Device{Client: client.At(v.origin), TB: t}
	code := evaluate[string](v, `document.getElementById("code").value`)
	body := map[string]string{"mobile_number": number, "otp": code}
	stranger.Want(http.StatusBadRequest, "POST", "/auth/verify-otp", body)
	v.press(kb.Enter)
	v.until(`!document.getElementById("welcome").hidden`)
}

// resetPassword ends all sessions of a number.
func (v *visit) resetPassword(number string) {
	v.Helper()
	d := client.Device{Client: client.At(v.origin), TB: v.T}
	body := map[string]string{"mobile_number": number}
	body["otp"] = d.Want(http.StatusOK, "POST", "/auth/forgot-password", body).Field("otp")
	body["new_password"] = "correct horse battery"
	d.Want(http.StatusOK, "POST", "/auth/reset-password", body)
}

// The page saves what is in its field when it is closed.
func testLogoutForgetsDrafts(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	other := v.anotherTab()
	for _, tab := range []*visit{v, other} {
		tab.until(`!document.getElementById("welcome").hidden`)
		tab.fill("#composer-text", "a secret")
	}
	v.click("#logout")
	for _, tab := range []*visit{v, other} {
		tab.until(`!document.getElementById("login").hidden`)
	}
	if left := evaluate[string](v, `JSON.stringify(localStorage)`); left != "{}" {
		t.Errorf("after a logout the browser stores %s, want nothing", left)
	}
}
