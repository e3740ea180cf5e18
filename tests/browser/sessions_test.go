package browser

import (
	"context"
	"net/http"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

func testSessionEndedElsewhere(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	number := v.login()
	other := v.anotherTab()
	v.ask("hello")
	phone := v.otherDevices(number, "")[0]
	phone.Want(http.StatusNoContent, "DELETE", "/auth/sessions", nil)
	for _, tab := range []*visit{v, other} {
		tab.until(`!document.getElementById("login").hidden`)
	}
	const notices = `document.getElementById("login-notice").innerText`
	if got := evaluate[string](v, notices) + evaluate[string](other, notices); got == "" {
		t.Error("no tab says that the session has ended, want one that does")
	}
	if left := v.token(); left != "" {
		t.Error("the browser still has a token of the session, want none")
	}
	phone.Want(http.StatusOK, "GET", "/user/me", nil)
}

// otherDevices logs in on a device for each User-Agent. It sets a password for that, because a number
// gets a code only once a minute.
func (v *visit) otherDevices(number string, userAgents ...string) (devices []client.Device) {
	v.Helper()
	const password = "correct horse battery"
	v.device().Want(http.StatusOK, "POST", "/auth/change-password", map[string]string{"new_password": password})
	login := map[string]string{"mobile_number": number, "password": password}
	d := client.Device{Client: client.At(v.origin), TB: v.T}
	for _, userAgent := range userAgents {
		r := d.Want(http.StatusOK, "POST", "/auth/login", login, "User-Agent", userAgent)
		devices = append(devices, client.Device{Client: d.As(r.Field("access_token")), TB: v.T})
	}
	return devices
}

func testSessionWithoutRefreshToken(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.changeSession(`{ refresh: undefined, renewAt: undefined }`)
	v.ask("hello")
	v.changeSession(`{ token: "expired" }`)
	v.send("again")
	v.until(`!document.getElementById("login").hidden && document.getElementById("login-notice").innerText !== ""`)
	checkRefreshes(t, 0, v)
}
