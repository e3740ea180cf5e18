package browser

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// refreshTests are the tests of the tokens and of the devices of the user.
var refreshTests = []chatTest{
	{"an expired access token is refreshed once, and nobody notices", testExpiredToken},
	{"an access token is refreshed before it expires", testTokenAboutToExpire},
	{"two tabs share one refresh", testTwoTabsRefresh},
	{"without locks, two tabs refresh and stay logged in", testRefreshWithoutLocks},
	{"a refresh that fails ends no session", testFailedRefresh},
	{"a session that is ended on another device ends here", testSessionEndedElsewhere},
	{"the session of an earlier version ends with its token", testSessionWithoutRefreshToken},
	{"the devices are listed and logged out", testDevices},
	{"the devices work with the keyboard and with axe", testDevicesForAll},
	{"the devices show errors", testDevicesErrors},
}

// changeStored has a function that replaces fields of the stored session, and tells the page as another tab would do.
const changeStored = `
globalThis.change = (fields) => {
  const key = "parley.session";
  const newValue = JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), ...fields });
  localStorage.setItem(key, newValue);
  dispatchEvent(new StorageEvent("storage", { key, newValue }));
};
`

// changeSession replaces fields of the session, such as its access token.
func (v *visit) changeSession(fields string) {
	v.Helper()
	v.do(chromedp.Evaluate[chromedp.Void](changeStored + `change(` + fields + `)`))
}

// token returns the access token of the session.
func (v *visit) token() string {
	v.Helper()
	return evaluate[string](v, `JSON.parse(localStorage.getItem("parley.session"))?.token ?? ""`)
}

// checkRefreshes fails the test unless the tabs have refreshed the token a number of times.
func checkRefreshes(t *testing.T, want int, tabs ...*visit) {
	t.Helper()
	n := 0
	for _, tab := range tabs {
		n += tab.recorder.requestsTo("/auth/refresh")
	}
	if n != want {
		t.Errorf("the page refreshed its tokens %d times, want %d", n, want)
	}
}

// reload loads the page again, and waits for its lists.
func (v *visit) reload() {
	v.Helper()
	v.do(chromedp.Reload())
	v.until(`document.querySelectorAll("#rooms a, #rooms .none").length > 0`)
}

func testExpiredToken(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.changeSession(`{ token: "expired" }`)
	v.ask("hello")
	checkRefreshes(t, 1, v)
	v.changeSession(`{ token: "expired" }`)
	v.reload() // all first requests are refused, and the stream
	v.waitMessage(".reply", "You said: hello")
	v.ask("again")
	checkRefreshes(t, 2, v)
	v.checkMessages("hello", "You said: hello", "again", "You said: again")
	v.device().Want(http.StatusOK, "GET", "/user/me", nil)
}

func testTokenAboutToExpire(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	v.reload()
	checkRefreshes(t, 0, v)
	const refreshToken = `JSON.parse(localStorage.getItem("parley.session")).refresh`
	before := evaluate[string](v, refreshToken)
	v.changeSession(`{ renewAt: Date.now() }`)
	v.ask("hello")
	v.until(fmt.Sprintf(refreshToken+` !== %q`, before))
	v.ask("again")
	v.reload()
	checkRefreshes(t, 1, v)
	v.device().Want(http.StatusOK, "GET", "/user/me", nil)
}

func testTwoTabsRefresh(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	other := v.anotherTab()
	v.refreshWith(other)
	checkRefreshes(t, 1, v, other)
}

func testRefreshWithoutLocks(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	other := v.anotherTab()
	for _, tab := range []*visit{v, other} {
		tab.do(chromedp.Evaluate[chromedp.Void](
			`Object.defineProperty(navigator, "locks", { value: undefined }); undefined`))
	}
	v.refreshWith(other)
}

// refreshWith lets the token expire in two tabs, which then send a request at the same time.
// Each has the expired token until its refresh is answered, and both stay logged in.
func (v *visit) refreshWith(other *visit) {
	v.Helper()
	tabs := []*visit{v, other}
	v.changeSession(`{ token: "expired" }`)
	for _, tab := range tabs {
		tab.until(`document.querySelector("#rooms .none") !== null`)
		tab.until(`JSON.parse(localStorage.getItem("parley.session")).token === "expired"`)
		tab.pause()
	}
	for _, tab := range tabs {
		tab.do(chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(new Event("visibilitychange")); undefined`))
	}
	for _, tab := range tabs {
		tab.until(`JSON.parse(localStorage.getItem("parley.session")).token !== "expired"`)
		tab.ask("hello")
	}
	v.device().Want(http.StatusOK, "GET", "/user/me", nil)
}

// failRequests has a function that lets the requests of the page fail whose address has a pattern. The function
// outcome gets the function that sends the request.
const failRequests = `
globalThis.failing = (pattern, outcome) => {
  const real = globalThis.realFetch ??= fetch;
  globalThis.fetch = (url, init) => pattern.test(url) ? outcome(() => real(url, init)) : real(url, init);
};
globalThis.problem = (status, code, detail) => new Response(JSON.stringify({ code, detail }), { status });
`

func testFailedRefresh(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{}))
	v.login()
	for _, outcome := range []string{
		`async () => { throw new TypeError("offline"); }`,
		`async (go) => { await go(); throw new TypeError("the response is lost"); }`,
		`async () => problem(503, "unavailable", "Try again.")`,
		`async () => problem(429, "rate_limited", "Try again.")`,
	} {
		v.do(chromedp.Evaluate[chromedp.Void](failRequests + `failing(/auth\/refresh$/, ` + outcome + `)`))
		v.changeSession(`{ token: "expired" }`)
		v.fill("#composer-text", outcome)
		v.click("#send") // it fails so fast that the text of an Enter key would come later
		v.until(`/try again/i.test(document.getElementById("composer-error").innerText)`)
		v.do(chromedp.Evaluate[chromedp.Void](`globalThis.fetch = realFetch; undefined`))
		v.ask(outcome)
	}
	v.device().Want(http.StatusOK, "GET", "/user/me", nil)
}
