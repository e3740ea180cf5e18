package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// openRoom returns the id of the open room.
func (v *visit) openRoom() string {
	v.Helper()
	return evaluate[string](v, `location.hash.split("/")[2]`)
}

// Links from other sites lead to no other route than that of a room.
func testStrangeAddresses(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("hello")
	for _, fragment := range []string{"%", "%E0%A4%A", "..%2Fuser%2Fme%3F", "..%2F..%2Fuser%2Fme", "a%3Fb"} {
		v.do(chromedp.Navigate("about:blank"), chromedp.Navigate(v.origin+"/#/c/"+fragment))
		v.until(`document.querySelectorAll("#rooms a").length === 1`)
		v.until(`!document.getElementById("welcome").hidden`)
		if n := v.recorder.requestsTo("/user/me"); n != 0 {
			t.Errorf("the address %s led to %d requests to another route, want none", fragment, n)
		}
	}
	v.ask("hello again")
}

func testBackBeyondDeletedRoom(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.ask("first")
	first := v.openRoom()
	v.click("#new-chat")
	v.ask("second")
	v.deleteRoom()
	v.do(chromedp.NavigateBack())
	v.until(`location.hash === "#/"`)
	v.do(chromedp.NavigateBack())
	v.until(`location.hash === "#/c/` + first + `"`)
	v.waitMessage(".reply", "You said: first")
}

// deleteRoom deletes the open room.
func (v *visit) deleteRoom() {
	v.Helper()
	v.openRoomDialog("delete")
	v.click("#delete-dialog .destructive")
	v.until(`!document.getElementById("welcome").hidden`)
}
