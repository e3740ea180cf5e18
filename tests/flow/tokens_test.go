package flow

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/otp"
)

func TestTokensMissingAndBad(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere()
		good := d.login(number()).Token
		head, rest, _ := strings.Cut(good, ".")
		for authorization, code := range map[string]string{
			"": "not_authenticated", "Bearer": "not_authenticated", "Bearer ": "not_authenticated", "Basic " + good: "not_authenticated", good: "not_authenticated",
			"Bearer nonsense": "invalid_token", "Bearer " + good + "x": "invalid_token", "Bearer " + good[:len(good)-1]: "invalid_token",
			"Bearer " + head + "." + rest[1:]: "invalid_token", "Bearer " + strings.Repeat("a", 5000): "invalid_token",
			"Bearer eyJhbGciOiJub25lIn0." + strings.Split(rest, ".")[0] + ".": "invalid_token",
		} {
			a := d.refused(http.StatusUnauthorized, code, "GET", "/user/me", nil, "Authorization", authorization)
			detail := map[string]string{"not_authenticated": "Not authenticated", "invalid_token": "Could not validate credentials"}[code]
			if a.Get("detail") != detail || a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%q: %v %s", authorization, a.Header, a.Body)
			}
		}
		d.want(http.StatusOK, "GET", "/user/me", nil, "Authorization", "bearer  "+good)
	})
}

func TestEveryRouteBehindATokenAsksForIt(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		for _, route := range []string{
			"POST /auth/change-password", "GET /user/me", "PATCH /user/me", "GET /chatroom", "POST /chatroom", "GET /chatroom/x", "PATCH /chatroom/x", "DELETE /chatroom/x",
			"POST /chatroom/x/message", "GET /chatroom/x/messages", "GET /chatroom/x/messages/y", "POST /subscribe/pro", "GET /subscribe/status", "GET /subscription/status",
			"POST /subscribe/cancel", "POST /subscribe/resume", "POST /subscribe/portal",
		} {
			method, path, _ := strings.Cut(route, " ")
			p.anywhere().refused(http.StatusUnauthorized, "not_authenticated", method, path, []byte("no JSON"))
			p.anywhere().refused(http.StatusUnauthorized, "invalid_token", method, path, []byte("no JSON"), "Authorization", "Bearer x")
		}
	})
}

func TestATokenIsOverAfterADay(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere().login(number())
		time.Sleep(24*time.Hour - time.Microsecond)
		if !d.loggedIn() {
			t.Error("the token is over before its time")
		}
		time.Sleep(time.Microsecond)
		if d.loggedIn() {
			t.Error("the token outlives its day")
		}
	})
}

func TestTheLifeOfATokenIsConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "1"), boot.InProcess())
		d, n := p.anywhere(), number()
		a := d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, d.code("send-otp", n)))
		if a.Get("expires_in") != "60" {
			t.Errorf("token: %s", a.Body)
		}
		time.Sleep(time.Minute)
		if (device{d.As(a.Get("access_token")), t}).loggedIn() {
			t.Error("the token outlives its minute")
		}
	})
}

// rotated is a program over the same store whose keys are another's.
func rotated(t *testing.T, s *memory.Store, key, previous string) *program {
	t.Helper()
	return start(t, config(t, "SECRET_KEY", key, "SECRET_KEY_PREVIOUS", previous), boot.InProcess(), boot.Keep(s))
}

func TestKeysRotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, older, newer := memory.New(), "the older key, 32 bytes or longer", "the newer key, 32 bytes or longer"
		before, during, after := rotated(t, store, older, ""), rotated(t, store, newer, older), rotated(t, store, newer, "")
		early := before.anywhere().login(number())
		late := during.anywhere().login(number())
		for _, c := range []struct {
			name        string
			p           *program
			early, late bool
		}{{"before", before, true, false}, {"during", during, true, true}, {"after", after, false, true}} {
			d := c.p.anywhere()
			if got := (device{d.As(early.Token), t}).loggedIn(); got != c.early {
				t.Errorf("%s the rotation an old token opens: %v", c.name, got)
			}
			if got := (device{d.As(late.Token), t}).loggedIn(); got != c.late {
				t.Errorf("%s the rotation a new token opens: %v", c.name, got)
			}
		}
	})
}

// A code opens wherever its key is known, whichever comes first there, and asking again sends it again.
func TestACodeOpensWhileKeysRotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, older, newer := memory.New(), "the older key, 32 bytes or longer", "the newer key, 32 bytes or longer"
		before, during, after := rotated(t, store, older, newer), rotated(t, store, newer, older), rotated(t, store, newer, "")
		for _, way := range [][2]*program{{before, during}, {during, before}, {during, after}} {
			n := number()
			code := way[0].anywhere().code("send-otp", n)
			time.Sleep(otp.ResendAfter)
			if again := way[1].anywhere().code("send-otp", n); again != code {
				t.Errorf("another process sends %s, the first one sent %s", again, code)
			}
			way[1].anywhere().want(http.StatusOK, "POST", "/auth/verify-otp", object{"mobile_number": n, "otp": code})
		}
	})
}

// A code whose key is forgotten cannot be checked any more; who asks again must
// get one that can.
func TestACodeAskedForAfterARotationOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, n := memory.New(), number()
		rotated(t, store, "the older key, 32 bytes or longer", "").anywhere().code("send-otp", n)
		time.Sleep(otp.ResendAfter)
		rotated(t, store, "the newer key, 32 bytes or longer", "").anywhere().login(n)
	})
}

func TestUnprovenSignupsAreSweptAfterADay(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		in, late := number(), number()
		for _, n := range []string{in, late} {
			p.anywhere().want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "Ada"})
		}
		time.Sleep(23*time.Hour + 58*time.Minute)
		if me := p.anywhere().login(in).want(http.StatusOK, "GET", "/user/me", nil); me.Get("name") != "Ada" {
			t.Errorf("proven in time: %s", me.Body)
		}
		time.Sleep(4 * time.Minute)
		if me := p.anywhere().login(late).want(http.StatusOK, "GET", "/user/me", nil); me.Get("name") != "" {
			t.Errorf("proven too late: %s", me.Body)
		}
		if me := p.anywhere().login(in).want(http.StatusOK, "GET", "/user/me", nil); me.Get("name") != "Ada" {
			t.Errorf("proven in time, a while later: %s", me.Body)
		}
	})
}
