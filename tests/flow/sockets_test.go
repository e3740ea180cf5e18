package flow

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
)

// dial opens a socket to the program that nobody waits at for more than 30 s.
func (p *program) dial() *net.TCPConn {
	p.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.URL(), "http://"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

// status reads the answer's.
func status(t *testing.T, c net.Conn) int {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func TestHeadersOfTwoMegabytesAreRefused(t *testing.T) {
	t.Parallel() // the server takes half a second to let such a client go
	p := start(t, config(t))
	c := p.dial()
	go func() {
		fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: ", strings.Repeat("a", 2_000_000), "\r\n\r\n")
	}()
	if got := status(t, c); got != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("answered %d", got)
	}
	p.device().want(http.StatusOK, "GET", "/healthz", nil)
}

func TestAHundredMegabytesAreRefusedUnread(t *testing.T) {
	t.Parallel() // the server takes half a second to let such a client go
	p := start(t, config(t))
	for _, head := range []string{"Content-Length: 100000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5f5e100\r\n"} {
		c := p.dial()
		go func() {
			fmt.Fprint(c, "POST /auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+head)
			_, _ = c.Write([]byte(strings.Repeat("a", 2*mib))) // and no more
		}()
		if got := status(t, c); got != http.StatusRequestEntityTooLarge {
			t.Errorf("answered %d", got)
		}
	}
}

func TestABodyCutShortIsMalformed(t *testing.T) {
	p := start(t, config(t))
	for _, body := range []string{"Content-Length: 100\r\n\r\n{\"mobile_number\":\"+12025550100\"}", "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"mob", "Content-Length: 100\r\n\r\n"} {
		c := p.dial()
		fmt.Fprint(c, "POST /auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+body)
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := status(t, c); got != http.StatusBadRequest {
			t.Errorf("%q: answered %d", body, got)
		}
	}
}

// A long-poll whose client goes away ends at once and is nobody's fault.
func TestAClientThatGoesAway(t *testing.T) {
	hang := func(chat.Prompt, int) fake.Act { return fake.Act{Hang: true} }
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere().login(number())
		reply := d.ask(d.room("Gone"), "are you there")
		ctx, leave := context.WithCancel(t.Context())
		r := httptest.NewRequestWithContext(ctx, "GET", reply+"?wait=30", nil)
		r.Header.Set("Authorization", "Bearer "+d.Token)
		ended := false
		go func() {
			p.ServeHTTP(httptest.NewRecorder(), r)
			ended = true
		}()
		synctest.Wait()
		if ended {
			t.Fatal("the long-poll did not wait")
		}
		leave()
		synctest.Wait()
		if log := p.log.String(); !ended || !strings.Contains(log, "request given up by its client") || strings.Contains(log, "level=ERROR") {
			t.Errorf("ended: %v; the log:\n%s", ended, log)
		}
	}, boot.Keep(fake.NewEcho(fake.EchoOptions{Script: hang})))
}
