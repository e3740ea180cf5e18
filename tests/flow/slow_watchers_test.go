package flow

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// pipeListener is a net.Listener with one connection, whose two ends have no buffer. Its
// timeouts use the simulated time of a bubble.
type pipeListener struct{ conns chan net.Conn }

// newPipeListener returns a listener and the client's end of its connection.
func newPipeListener() (l pipeListener, near net.Conn) {
	near, far := net.Pipe()
	l = pipeListener{make(chan net.Conn, 1)}
	l.conns <- far
	return l, near
}

// Accept implements net.Listener.
func (l pipeListener) Accept() (net.Conn, error) {
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

// Close implements net.Listener.
func (l pipeListener) Close() error { close(l.conns); return nil }

// Addr implements net.Listener.
func (pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// watchSlowly opens the stream of a room on a connection without buffers. The server can send
// only what the test reads.
func (p *program) watchSlowly(d device, room string) *client.Watcher {
	p.t.Helper()
	l, conn := newPipeListener()
	server := &http.Server{Handler: p}
	go func() { _ = server.Serve(l) }()
	p.t.Cleanup(func() {
		_ = conn.Close()
		_ = server.Close()
	})
	r := httptest.NewRequestWithContext(p.t.Context(), "GET", "http://localhost"+eventsOf(room), http.NoBody)
	r.Header.Set("Authorization", "Bearer "+d.Token)
	go func() { _ = r.Write(conn) }()
	res, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("open a stream: response %v, error %v; want status 200", res, err)
	}
	return &client.Watcher{
		Stream: client.StreamOf(r, res, func() { _ = conn.Close() }),
		View:   client.NewView(),
		Path:   eventsOf(room),
		TB:     p.t,
	}
}

func TestAClientThatDoesNotReadIsCutAndCanResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := wordModel{words: 40, every: time.Second}
		p, d := startLoggedIn(t, config(t), withLLM(modelFunc(m.answer)))
		room := d.NewRoom("r")
		slow, fast := p.watchSlowly(d, room), d.watchRoom(room)
		reply := d.Send(room, "hello")
		slow.Until("delta")
		stopped := time.Now()
		for !strings.Contains(p.Log.String(), "client too slow") {
			time.Sleep(time.Second)
		}
		checkElapsed(t, stopped, 10*time.Second, 13*time.Second) // the timeout of a write, after the next word
		fast.Until("done")                                       // the slow client has not delayed others
		checkElapsed(t, stopped, 39*time.Second, 40*time.Second)
		resumed := slow.Resume(d.Device)
		resumed.Until("done")
		for _, w := range []*client.Watcher{fast, resumed} {
			d.checkView(w.View, reply)
		}
	})
}
