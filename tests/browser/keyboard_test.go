package browser

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kuvaka-tech/parley/tests/client"
)

// testKeyboard uses no mouse.
func testKeyboard(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.waitFocus("phone")
	v.press(client.Number(), kb.Enter)
	v.waitFocus("code")
	v.press(kb.Enter)
	v.waitFocus("composer-text")
	v.do(chromedp.KeyEvent("line one"), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierShift)))
	v.press("line two", kb.Enter)
	v.waitMessage(".user", "line one\nline two")
	v.waitAnswered()
	v.waitFocus("composer-text")
	v.checkTabStops("new-chat", "open-search", "open-devices", "logout", "room-menu-button", "composer-text")
	v.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	v.waitFocus("search-text")
	v.press("two")
	v.until(`document.querySelectorAll('[data-testid="result"]').length === 2`)
	v.press(kb.ArrowDown)
	v.until(`document.activeElement.dataset.testid === "result"`)
	v.press(kb.Escape)
	v.until(`document.querySelector("dialog[open]") === null`)
	v.waitFocus("composer-text")
}

// waitFocus waits until the element with an id has the focus.
func (v *visit) waitFocus(id string) {
	v.Helper()
	v.until(`document.activeElement?.id === "` + id + `"`)
}

// checkTabStops goes once around the page with the tab key. It fails the test unless all these
// elements get the focus, and each element that has it shows that.
func (v *visit) checkTabStops(ids ...string) {
	v.Helper()
	const focus = `(() => {
		const e = document.activeElement, s = getComputedStyle(e);
		const inForm = e.closest("form")?.matches(":focus-within");
		const shown = s.outlineStyle !== "none" || s.boxShadow !== "none" || inForm;
		return [e.id || e.dataset.testid || e.tagName, shown ? "visible" : "hidden"];
	})()`
	var stops []string
	for range 40 {
		v.press(kb.Tab)
		stop := evaluate[[]string](v, focus)
		if slices.Contains(stops, stop[0]) && stop[0] == ids[0] {
			break
		}
		stops = append(stops, stop[0])
		if stop[0] != "BODY" && stop[1] != "visible" {
			v.Errorf("the focus on %s is not visible", stop[0])
		}
	}
	for _, id := range ids {
		if !slices.Contains(stops, id) {
			v.Errorf("the tab key leads to %v, want also %s", stops, id)
		}
	}
	v.do(chromedp.Focus(chromedp.CSS("#" + ids[len(ids)-1])))
}
