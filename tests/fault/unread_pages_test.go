//go:build linux

package fault

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

const (
	unreadConnections = 100
	unreadUsers       = 5
	// maxUnreadMemory is how much more memory than idle a process may use, in MB.
	maxUnreadMemory = 100
	// maxServedAfter is long, because a busy machine needs seconds to create the pages.
	maxServedAfter = 10 * time.Second
)

// 100 connections request the largest pages and read nothing. The API uses at most 100 MB more than
// before, and serves others.
func TestUnreadPagesUseLittleMemory(t *testing.T) {
	s := newStack(t, longAnswers)
	s.start("worker")
	p := &unreadPages{stack: s, api: s.start("api")}
	p.addUsers()
	p.api = s.startWithoutRaceDetector("api") // it has little memory before
	p.check()
}

// The same on memory.
func TestUnreadPagesUseLittleMemoryOnMemory(t *testing.T) {
	s := newMemoryStack(t, longAnswers)
	p := &unreadPages{stack: s, api: s.startWithoutRaceDetector("serve")}
	p.addUsers()
	p.check()
}

// longAnswers is a model that answers a prompt of two words with the second word, repeated to as
// many bytes as the first word says.
func longAnswers(prompt string, _ int) rig.Act {
	size, word := 0, ""
	if _, err := fmt.Sscan(prompt, &size, &word); err != nil {
		return rig.Act{}
	}
	return rig.Act{Says: strings.Repeat(word+" ", size/(len(word)+1))}
}

// unreadPages are users with long messages, and the paths of their largest pages.
type unreadPages struct {
	*stack
	api   *rig.Parley
	users []client.Device
	paths [][]string // of each user
}

// addUsers adds the users, and waits until their messages are answered.
func (p *unreadPages) addUsers() {
	p.Helper()
	for range unreadUsers {
		p.addUser()
	}
	rig.Eventually(p, 30*time.Second, "the process is idle", func() bool { return p.model.Open() == 0 })
}

// check requests the pages of all users and reads nothing. It measures the memory of the process, and
// how long requests of another user take.
func (p *unreadPages) check() {
	p.Helper()
	other := p.newLoad(p.api, 1).rooms[0]
	other.Wait(other.Send(other.id, "hello"))
	time.Sleep(time.Second)
	idle := memoryOf(p, p.api)
	closeAll := p.requestAll()
	defer closeAll()
	most, slowest := p.measure(other)
	if most-idle > maxUnreadMemory {
		p.Errorf("%d connections that read nothing: %d MB, and %d MB before; want at most %d MB more",
			unreadConnections, most, idle, maxUnreadMemory)
	}
	if slowest > maxServedAfter {
		p.Errorf("a request of another user took %s, want at most %s", slowest, maxServedAfter)
	}
	p.Logf("%d connections that read nothing: at most %d MB, and %d MB before; the slowest request of another "+
		"user %s", unreadConnections, most, idle, slowest.Round(time.Millisecond))
}

// measure returns the most memory that the process uses, in MB, and the longest time that a request of
// the other user takes.
func (p *unreadPages) measure(other room) (most int, slowest time.Duration) {
	p.Helper()
	for until := time.Now().Add(time.Duration(times(30, 8)) * time.Second); time.Now().Before(until); {
		began := time.Now()
		other.Want(http.StatusOK, "GET", "/chatroom/"+other.id+"/messages", nil)
		slowest = max(slowest, time.Since(began))
		most = max(most, memoryOf(p, p.api))
		time.Sleep(20 * time.Millisecond)
	}
	return most, slowest
}

// addUser adds a user with a room of many answers, one with the longest answer, and one with an
// answer that becomes long HTML.
func (p *unreadPages) addUser() {
	p.Helper()
	u := rig.Person(p, p.api.URL())
	many, longest, html := u.NewRoom("many"), u.NewRoom("longest"), u.NewRoom("html")
	for range times(50, 10) {
		u.Wait(u.Send(many, "262000 owl"))
	}
	u.Wait(u.Send(longest, fmt.Sprint(reply.MaxAnswerBytes, " owls")))
	u.Wait(u.Send(html, "262000 **<owl>**"))
	p.users = append(p.users, u)
	p.paths = append(p.paths, []string{
		"/chatroom/" + many + "/messages?limit=100",
		"/chatroom/" + longest + "/messages?limit=100",
		"/chatroom/" + html + "/messages?limit=100&format=html",
		"/search?limit=100&q=owls",
	})
}

// requestAll requests the pages in turn, each on its own connection. It returns when all requests
// were sent.
func (p *unreadPages) requestAll() (closeAll func()) {
	p.Helper()
	var all []net.Conn
	for i := range unreadConnections {
		u := i % unreadUsers
		conn := dialWithSmallWindow(p, p.api.Port)
		all = append(all, conn)
		path := p.paths[u][i/unreadUsers%len(p.paths[u])]
		_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
			path, p.users[u].Token)
		if err != nil {
			p.Fatalf("request a page: %v", err)
		}
	}
	return func() {
		for _, conn := range all {
			conn.Close()
		}
	}
}

// dialWithSmallWindow connects to a port with the smallest receive buffer, so that the buffers of
// the kernel take as little of a response as possible.
func dialWithSmallWindow(t testing.TB, port int) net.Conn {
	t.Helper()
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1)
		})
	}}
	conn, err := d.Dial("tcp", rig.Loopback(port))
	if err != nil {
		t.Fatalf("connect to Parley: %v", err)
	}
	return conn
}
