//go:build linux

package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// watcher is a client of the events of a room. It uses less memory and CPU than net/http's
// client, because ten thousand of them run on the machine of the server.
type watcher struct {
	*streams
	account
	from       net.IP      // the local address
	readBuffer int         // of the socket, in bytes; 0 for the default
	ended      chan string // the answers

	conn   net.Conn
	events *bufio.Reader
	lastID string
	prompt string // the last prompt
	text   string // of the running reply
	parts  int    // of the text
	deltas int    // the seq of the next delta

	mu    sync.Mutex
	first []time.Duration // from the first part of an answer to its delta
	all   []time.Duration // from any part to its delta
}

// localAddress returns an address of loopback for the nth client. One address has too few
// ports for more than 28,000 connections.
func localAddress(n int) net.IP { return net.IPv4(127, 0, 1, byte(1+n%8)) }

// connect opens the stream after the last event, and returns when its headers have come.
func (w *watcher) connect() error {
	dialer := net.Dialer{
		LocalAddr: &net.TCPAddr{IP: w.from},
		Timeout:   10 * time.Second,
		Control:   w.setReadBuffer,
	}
	conn, err := dialer.Dial("tcp", strings.TrimPrefix(w.api.URL(), "http://"))
	if err != nil {
		return err
	}
	w.conn = conn
	resume := ""
	if w.lastID != "" {
		resume = "Last-Event-ID: " + w.lastID + "\r\n"
	}
	if _, err := fmt.Fprintf(conn, "GET /chatroom/%s/events HTTP/1.1\r\nHost: localhost\r\n"+
		"Authorization: Bearer %s\r\n%s\r\n", w.room, w.token, resume); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(conn, 1024), nil)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s, want 200", res.Status)
	}
	w.events = bufio.NewReaderSize(res.Body, 512)
	return nil
}

// setReadBuffer sets the size of a socket's read buffer before the socket is connected.
func (w *watcher) setReadBuffer(_, _ string, c syscall.RawConn) (err error) {
	if w.readBuffer == 0 {
		return nil
	}
	controlErr := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, w.readBuffer)
	})
	return cmp.Or(controlErr, err)
}

// watch handles events until the connection ends, and returns why it has ended.
func (w *watcher) watch() error {
	for {
		e, err := w.next()
		if err != nil {
			return err
		}
		if err := w.handle(e); err != nil {
			return fmt.Errorf("event %s %s: %w", e.name, e.data, err)
		}
	}
}

// event is an event of the stream.
type event struct {
	id, name string
	data     []byte
}

// next reads the next event.
func (w *watcher) next() (e event, err error) {
	for {
		line, err := w.events.ReadBytes('\n')
		if err != nil {
			return event{}, err
		}
		name, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(": "))
		switch string(name) {
		case "id":
			e.id = string(value)
		case "event":
			e.name = string(value)
		case "data":
			e.data = value
		case "":
			if e.name != "" {
				return e, nil
			}
		}
	}
}

// handle checks an event and takes its times.
func (w *watcher) handle(e event) error {
	if e.id != "" {
		w.lastID = e.id
	}
	var data struct {
		IsFromUser bool `json:"is_from_user"`
		Content    string
		Seq        int
		Text       string
	}
	if err := json.Unmarshal(e.data, &data); err != nil {
		return err
	}
	switch e.name {
	case "message":
		if data.IsFromUser {
			w.prompt = data.Content
			w.text, w.parts, w.deltas = "", 0, 0
		}
	case "delta":
		if data.Seq != w.deltas {
			return fmt.Errorf("seq %d, want %d", data.Seq, w.deltas)
		}
		w.deltas++
		w.take(data.Text)
	case "done":
		if !strings.HasPrefix(data.Content, w.text) {
			return fmt.Errorf("the text does not begin with %q", w.text)
		}
		w.ended <- data.Content
	case "ping":
	default:
		return fmt.Errorf("unexpected name")
	}
	return nil
}

// take appends the text of a delta and takes the times since the model has sent its parts.
func (w *watcher) take(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range strings.Count(text, " ") {
		w.all = append(w.all, w.clock.since(w.prompt, w.parts))
		if w.parts == 0 {
			w.first = append(w.first, w.all[len(w.all)-1])
		}
		w.parts++
	}
	w.text += text
}

// takeTimes returns the times since the last call.
func (w *watcher) takeTimes() (first, all []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first, all = w.first, w.all
	w.first, w.all = nil, nil
	return first, all
}
