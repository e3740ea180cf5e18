package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/tests/client"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// listedSession is an entry of GET /auth/sessions.
type listedSession struct {
	ID         string    `json:"id"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	Device     string    `json:"device"`
	Current    bool      `json:"current"`
}

// sessions returns the sessions of the device's user.
func (d device) sessions() (all []listedSession) {
	d.Helper()
	if err := d.Want(http.StatusOK, "GET", "/auth/sessions", nil).Decode(&all); err != nil {
		d.Fatalf("decoding the sessions: %v", err)
	}
	return all
}

func TestAUserListsAndEndsSessions(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		began := time.Now()
		phone, laptop := p.logInTwice(n)
		time.Sleep(time.Minute)
		tablet := device{p.newDevice().Device.Login(n, "User-Agent", firefox)}
		stranger := p.newDevice().Login(client.Number())
		all := tablet.sessions()
		if len(all) != 3 || !all[0].Current || all[1].Current || all[2].Current {
			t.Fatalf("the sessions are %+v, want three, of which the first is the current one", all)
		}
		if all[0].Device != "Firefox on Linux" || !all[2].CreatedAt.Equal(began) {
			t.Errorf("the sessions are %+v, want the last one in Firefox on Linux and the first of %s", all, began)
		}
		stranger.wantError(http.StatusNotFound, "not_found", "DELETE", "/auth/sessions/"+all[1].ID, nil)
		for _, unknown := range []string{"x", "01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"} {
			tablet.wantError(http.StatusNotFound, "not_found", "DELETE", "/auth/sessions/"+unknown, nil)
		}
		tablet.Want(http.StatusNoContent, "DELETE", "/auth/sessions/"+all[1].ID, nil)
		laptop.checkLoggedIn("a device whose session was ended", false)
		phone.checkLoggedIn("another device", true)
		phone.Want(http.StatusNoContent, "DELETE", "/auth/sessions", nil)
		phone.checkLoggedIn("the device that ended all other sessions", true)
		tablet.checkLoggedIn("another device", false)
		stranger.checkLoggedIn("a device of another user", true)
		if left := phone.sessions(); len(left) != 1 || !left[0].Current {
			t.Errorf("the sessions are %+v, want only the current one", left)
		}
	})
}

func TestWhatAThiefOfAnAccessTokenMustNotDo(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		time.Sleep(session.RecentLogin)
		const code = "recent_login_required"
		password := object{"new_password": "battery staple"}
		d.wantError(http.StatusForbidden, code, "POST", "/auth/change-password", password)
		d.wantError(http.StatusForbidden, code, "DELETE", "/user/me", nil)
		number := object{"mobile_number": client.Number()}
		d.wantError(http.StatusForbidden, code, "POST", "/auth/change-number", number)
		number["otp"] = "000000"
		d.wantError(http.StatusForbidden, code, "POST", "/auth/change-number/verify", number)
		d.checkLoggedIn("the device", true)
	})
}

func TestAnOldLoginAllowsWhatTheOldPasswordProves(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d, _ := p.newAccount("correct horse")
		time.Sleep(session.RecentLogin)
		d.Want(http.StatusOK, "POST", "/auth/change-password", passwordChange("correct horse", "battery staple"))
		d.wantError(http.StatusForbidden, "recent_login_required", "DELETE", "/user/me", nil)
	})
}
