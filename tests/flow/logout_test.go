package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// logOut ends the session of a device.
func (d device) logOut() {
	d.Helper()
	if r := d.Want(http.StatusNoContent, "POST", "/auth/logout", nil); len(r.Body) > 0 {
		d.Errorf("the response to a logout has the body %s, want none", r.Body)
	}
}

// logInTwice logs in with two devices, with a minute between the codes.
func (p *program) logInTwice(number string) (first, second device) {
	p.t.Helper()
	first = p.newDevice().Login(number)
	time.Sleep(time.Minute)
	return first, p.newDevice().Login(number)
}

func TestLogoutEndsOnlyTheSessionOfItsToken(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		n := client.Number()
		phone, laptop := p.logInTwice(n)
		stranger := p.newDevice().Login(client.Number())
		phone.logOut()
		phone.checkLoggedIn("a device that was logged out", false)
		phone.wantError(http.StatusUnauthorized, "invalid_token", "POST", "/auth/logout", nil)
		laptop.checkLoggedIn("another device of the same user", true)
		stranger.checkLoggedIn("a device of another user", true)
		time.Sleep(time.Minute)
		p.newDevice().Login(n).checkLoggedIn("a device with a new login", true)
	})
}

func TestLogoutEndsTheStreamsOfItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "ECHO_LATENCY", "30s"), boot.InProcess())
		d, other := p.logInTwice(client.Number())
		kept := other.Watch(allRooms)
		streams := d.openStreams(d.NewRoom("r"))
		time.Sleep(10 * time.Second)
		d.logOut()
		checkEnd(t, time.Second, streams...)
		kept.UntilView(hasRoom(other.NewRoom("kept")))
		p.checkNoErrorLogs()
	})
}
