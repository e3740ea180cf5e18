package flow

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial connects to the program's port. Reads and writes fail after 30 s.
func (p *program) dial() *net.TCPConn {
	p.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL(), "http://"))
	if err != nil {
		p.t.Fatalf("connect to the program: %v", err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		p.t.Fatalf("set the deadline of the connection: %v", err)
	}
	return conn.(*net.TCPConn)
}

// checkStatus reads a response from the connection and checks its status.
func checkStatus(t *testing.T, conn net.Conn, want int) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	_ = res.Body.Close()
	if res.StatusCode != want {
		t.Errorf("status = %d, want %d", res.StatusCode, want)
	}
}

func TestHeadersOfTwoMegabytesAreRefused(t *testing.T) {
	t.Parallel() // the server waits half a second before it closes the connection
	p := start(t, config(t))
	conn := p.dial()
	go func() {
		large := strings.Repeat("a", 2_000_000)
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: ", large, "\r\n\r\n")
	}()
	checkStatus(t, conn, http.StatusRequestHeaderFieldsTooLarge)
	p.tcpDevice().Want(http.StatusOK, "GET", "/healthz", nil)
}

// signupHead is the start of a signup; the other headers and the body follow.
const signupHead = "POST /auth/signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

// The client sends 2 MiB of a body of 100 MB. The server responds before it gets the rest.
func TestABodyOf100MegabytesIsRefusedBeforeItIsRead(t *testing.T) {
	t.Parallel() // the server waits half a second before it closes the connection
	p := start(t, config(t))
	for _, head := range []string{
		"Content-Length: 100000000\r\n\r\n",
		"Transfer-Encoding: chunked\r\n\r\n5f5e100\r\n",
	} {
		conn := p.dial()
		go func() { fmt.Fprint(conn, signupHead, head, strings.Repeat("a", 2*mib)) }()
		checkStatus(t, conn, http.StatusRequestEntityTooLarge)
	}
}

func TestABodyThatIsCutShortIsMalformed(t *testing.T) {
	p := start(t, config(t))
	for _, body := range []string{
		"Content-Length: 100\r\n\r\n{\"mobile_number\":\"+12025550100\"}",
		"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"mob",
		"Content-Length: 100\r\n\r\n",
	} {
		conn := p.dial()
		fmt.Fprint(conn, signupHead, body)
		if err := conn.CloseWrite(); err != nil {
			t.Fatalf("end the request: %v", err)
		}
		checkStatus(t, conn, http.StatusBadRequest)
	}
	p.waitForLog("status=499") // the requests of the other connections have the same line
}
