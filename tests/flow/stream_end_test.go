package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/client"
)

// openStreams opens one stream of each kind, in the order room, all rooms, send.
func (d device) openStreams(room string) []*client.Watcher {
	d.Helper()
	return []*client.Watcher{d.watchRoom(room), d.Watch(allRooms), d.SendAndWatch(room, "hello")}
}

// checkEnd checks that the server ends streams within a time.
func checkEnd(t *testing.T, within time.Duration, streams ...*client.Watcher) {
	t.Helper()
	began := time.Now()
	for _, w := range streams {
		w.Rest()
	}
	checkElapsed(t, began, 0, within)
}

func TestStreamsEndWithinASecondOfTheirSession(t *testing.T) {
	for name, end := range map[string]func(p *program, other device, number string){
		"another device changes the password": func(_ *program, other device, _ string) {
			body := object{"old_password": "correct horse", "new_password": "battery staple"}
			other.Want(http.StatusOK, "POST", "/auth/change-password", body)
		},
		"a password reset": func(p *program, _ device, number string) {
			otp := p.newDevice().Want(http.StatusOK, "POST", "/auth/forgot-password",
				object{"mobile_number": number}).Field("otp")
			p.newDevice().Want(http.StatusOK, "POST", "/auth/reset-password", resetBody(number, otp, "battery staple"))
		},
		"the erasure of the account": func(_ *program, other device, _ string) { other.eraseAccount() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := start(t, config(t, "ECHO_LATENCY", "30s"), boot.InProcess())
				other, number := p.newAccount("correct horse")
				d := p.loginWithPassword(number, "correct horse")
				streams := d.openStreams(d.NewRoom("r"))
				time.Sleep(10 * time.Second)
				end(p, other, number)
				checkEnd(t, time.Second, streams...)
				d.wantError(http.StatusUnauthorized, "invalid_token", "GET", allRooms, nil)
				p.checkNoErrorLogs()
			})
		})
	}
}

func TestOtherSessionsKeepTheirStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t), boot.InProcess())
		d, number := p.newAccount("correct horse")
		w := d.Watch(allRooms)
		p.loginWithPassword(number, "correct horse")
		body := object{"old_password": "correct horse", "new_password": "battery staple"}
		d.Want(http.StatusOK, "POST", "/auth/change-password", body)
		time.Sleep(5 * time.Second)
		w.UntilView(hasRoom(d.NewRoom("r")))
	})
}

// The promise is one second. The real clock of this test needs a reserve.
func TestStreamsOfAnotherProcessEndWithTheirSession(t *testing.T) {
	useStack(t, stackConfig(t, newSchema(t), true))
	here, there := startRole(t, configs.RoleAPI), startRole(t, configs.RoleAPI)
	d, number := here.newAccount("correct horse")
	token := there.tcpDevice().Want(http.StatusOK, "POST", "/auth/login", loginBody(number, "correct horse"))
	other := there.tcpDevice().As(token.Field("access_token"))
	streams := other.openStreams(other.NewRoom("r"))
	body := object{"old_password": "correct horse", "new_password": "battery staple"}
	d.Want(http.StatusOK, "POST", "/auth/change-password", body)
	checkEnd(t, 2*time.Second, streams...)
}

func TestTheStreamsOfARoomEndWhenItIsDeleted(t *testing.T) {
	d := start(t, config(t, "ECHO_LATENCY", "30s")).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	streams := d.openStreams(room)
	everywhere := streams[1]
	everywhere.UntilView(hasRoom(room))
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
	checkEnd(t, 2*time.Second, streams[0], streams[2])
	everywhere.Until("room_deleted")
	d.checkRooms(everywhere.View)
	d.wantError(http.StatusNotFound, "not_found", "GET", eventsOf(room), nil)
}

// Clients reconnect to another process when a server stops.
func TestStreamsEndWhenTheServerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "10s"))
		streams := d.openStreams(d.NewRoom("r"))
		time.Sleep(4 * time.Second)
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			p.stop()
		}()
		checkEnd(t, 0, streams...)
		<-stopped
		p.checkNoErrorLogs()
	})
}

func TestAServerWithManyOpenStreamsStopsQuickly(t *testing.T) {
	p := start(t, config(t))
	d := p.tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	var streams []*client.Watcher
	for range 100 {
		streams = append(streams, d.watchRoom(room), d.Watch(allRooms))
	}
	began := time.Now()
	p.stop()
	checkElapsed(t, began, 0, 3*time.Second)
	checkEnd(t, 2*time.Second, streams...)
}
