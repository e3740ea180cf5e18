//go:build linux

package rig

import (
	"context"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// NATS is a NATS server with JetStream.
type NATS struct {
	testing.TB
	Port   int
	binary string
	dir    string
	args   []string
	cmd    *exec.Cmd
}

// NewNATS starts a server, with arguments such as "--user", "u".
func NewNATS(t testing.TB, args ...string) *NATS {
	t.Helper()
	n := &NATS{
		TB:     t,
		Port:   Port(t),
		binary: natsServer(t),
		dir:    t.TempDir(),
		args:   args,
	}
	t.Cleanup(n.Kill)
	n.Start()
	return n
}

// natsServer returns the path of the program. It skips the test when it is not installed.
func natsServer(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("nats-server")
	if err == nil {
		return path
	}
	const debian = "/usr/sbin/nats-server" // not in the PATH of every user
	Need(t, debian)
	return debian
}

// Start starts the server and returns when it accepts connections.
func (n *NATS) Start() {
	n.Helper()
	args := append([]string{
		"--addr", "127.0.0.1",
		"--port", strconv.Itoa(n.Port),
		"--jetstream",
		"--store_dir", n.dir,
	}, n.args...)
	n.cmd = exec.Command(n.binary, args...)
	endWithTest(n.cmd, nil)
	if err := spawn(n.cmd); err != nil {
		n.Fatalf("start NATS: %v", err)
	}
	Eventually(n, 10*time.Second, "NATS accepts connections", func() bool { return isListening(n.Port) })
}

// URL returns the URL of the server.
func (n *NATS) URL() string { return NATSAt(n.Port) }

// NATSAt returns the URL of a NATS server on a port.
func NATSAt(port int) string { return "nats://" + Loopback(port) }

// Connect connects to the server until the test ends. The connection survives restarts.
func (n *NATS) Connect() *nats.Conn {
	n.Helper()
	conn, err := nats.Connect(n.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		n.Fatalf("connect to NATS: %v", err)
	}
	n.Cleanup(conn.Close)
	return conn
}

// JetStream returns a client of the server. It works until the test ends.
func (n *NATS) JetStream() jetstream.JetStream {
	n.Helper()
	js, err := jetstream.New(n.Connect())
	if err != nil {
		n.Fatalf("create a client of JetStream: %v", err)
	}
	return js
}

// DeleteStream deletes a stream and its consumers.
func (n *NATS) DeleteStream(js jetstream.JetStream, name string) {
	n.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := js.DeleteStream(ctx, name); err != nil {
		n.Fatalf("delete the stream %s: %v", name, err)
	}
}

// Kill kills the server.
func (n *NATS) Kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
	n.cmd = nil
}

// Freeze suspends the server until thaw is called. Its connections stay open.
func (n *NATS) Freeze() (thaw func()) {
	n.Helper()
	return freeze(n, n.cmd)
}
