package browser

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// openDevices opens the dialog of the devices, and waits until it lists a number of them.
func (v *visit) openDevices(n string) {
	v.Helper()
	v.click("#open-devices")
	v.waitDevices(n)
}

// waitDevices waits until the dialog lists a number of devices.
func (v *visit) waitDevices(n string) {
	v.Helper()
	v.until(`document.querySelectorAll('[data-testid="device"]').length === ` + n)
}

// devices returns what the dialog says about each device.
func (v *visit) devices() []string {
	v.Helper()
	return evaluate[[]string](v, `[...document.querySelectorAll('[data-testid="device"]')]
		.map((e) => e.innerText.replace(/\s+/g, " ").trim())`)
}

func testDevices(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	number := v.login()
	others := v.otherDevices(number, firefox, "curl/8", "")
	v.openDevices("4")
	got := v.devices()
	slices.Sort(got[1:]) // the logins may be of the same millisecond
	want := []string{
		"Headless Chrome on Linux Last used just now This device",
		"Firefox on Linux Last used just now Log out",
		"Unknown device Last used just now Log out",
		"curl Last used just now Log out",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the devices are %q, want %q", got, want)
	}
	v.click(`[aria-label="Log out Firefox on Linux"]`)
	v.until(`document.getElementById("end-title").innerText === "Log out Firefox on Linux?"`)
	others[0].Want(http.StatusOK, "GET", "/user/me", nil)
	v.click("#end-dialog .destructive")
	v.waitDevices("3")
	v.until(`document.getElementById("devices-status").innerText === "Firefox on Linux is logged out."`)
	others[0].Want(http.StatusUnauthorized, "GET", "/user/me", nil)
	others[1].Want(http.StatusOK, "GET", "/user/me", nil)
	v.click("#end-others")
	v.click("#end-dialog .destructive")
	v.until(`document.querySelector("#devices .none")?.innerText === "You are logged in on no other device."`)
	others[1].Want(http.StatusUnauthorized, "GET", "/user/me", nil)
	v.until(`document.getElementById("end-others").hidden`)
	v.press(kb.Escape)
	v.ask("hello")
}

// testDevicesForAll uses no mouse.
func testDevicesForAll(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	number := v.login()
	v.otherDevices(number, firefox, "")
	v.do(chromedp.Focus(chromedp.CSS("#open-devices")))
	v.press(kb.Enter)
	v.waitDevices("3")
	axe := loadAxe(t)
	v.checkInAllModes(axe, "devices")
	v.do(chromedp.Focus(chromedp.CSS(`[aria-label="Log out Unknown device"]`)))
	v.press(kb.Enter)
	v.until(`document.activeElement.innerText === "Cancel"`)
	v.checkAxe(axe, "the confirmation")
	v.press(kb.Escape)
	v.until(`document.activeElement.ariaLabel === "Log out Unknown device"`)
	v.press(kb.Enter, kb.Tab, kb.Enter)
	v.waitDevices("2")
	v.waitFocus("devices")
	v.do(chromedp.Focus(chromedp.CSS("#end-others")))
	v.press(kb.Enter, kb.Tab, kb.Enter)
	v.waitDevices("1")
	v.waitFocus("devices")
	v.checkAxe(axe, "this device only")
	v.press(kb.Escape)
	v.waitFocus("open-devices")
}

func testDevicesErrors(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	number := v.login()
	v.otherDevices(number, firefox)
	const offline = `failing(/auth\/sessions$/, async () => { throw new TypeError("offline"); })`
	v.do(chromedp.Evaluate[chromedp.Void](failRequests + offline))
	v.click("#open-devices")
	v.until(`document.getElementById("devices-error").innerText.startsWith("Parley cannot be reached.")`)
	v.do(chromedp.Evaluate[chromedp.Void](`globalThis.fetch = realFetch; undefined`))
	v.click("#retry-devices")
	v.waitDevices("2")
	v.until(`document.getElementById("devices-error").innerText === ""`)
	const refused = `failing(/auth\/sessions/, async () => problem(403, "recent_login_required", "Log in again."))`
	v.do(chromedp.Evaluate[chromedp.Void](refused))
	for _, button := range []string{`[aria-label="Log out Firefox on Linux"]`, "#end-others"} {
		v.click(button)
		v.click("#end-dialog .destructive")
		v.until(`document.querySelector("#end-dialog .error").innerText === "Log in again."`)
		v.press(kb.Escape)
	}
	if got := v.devices(); len(got) != 2 || !slices.Contains(got, "Firefox on Linux Last used just now Log out") {
		t.Errorf("the devices are %q, want both still", got)
	}
}
