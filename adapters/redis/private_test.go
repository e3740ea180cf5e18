package redis

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/ports/portstest"
)

// private is a Redis server of the test's own, to be stopped and started.
type private struct {
	*testing.T
	addr string
	port int
	cmd  *exec.Cmd
}

// newPrivate starts a server on a free port below those that the kernel gives to clients.
func newPrivate(t *testing.T) *private {
	t.Helper()
	portstest.Infrastructure(t, "TEST_REDIS_URL") // where it is, its program is, too
	p := &private{T: t, port: freePort(t)}
	p.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port))
	p.start()
	t.Cleanup(p.kill)
	return p
}

func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func (p *private) url() string { return "redis://" + p.addr + "/0" }

func (p *private) start() {
	p.Helper()
	p.cmd = exec.Command("redis-server", "--port", strconv.Itoa(p.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", p.TempDir())
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	probe := goredis.NewClient(&goredis.Options{Addr: p.addr})
	defer probe.Close()
	eventually(p.T, "the server answers", func() bool { return probe.Ping(p.Context()).Err() == nil })
}

// kill ends the server at once, and all that it knew.
func (p *private) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	var ended *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &ended) {
		p.Error(err)
	}
	p.cmd = nil
}

// freeze keeps the server from answering while its connections stay, until the returned thaw.
func (p *private) freeze() (thaw func()) {
	p.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		p.Fatal(err)
	}
	return func() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }
}

// replicate makes the server a replica, which takes no writes, or none again.
func (p *private) replicate(host, port string) {
	p.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: p.addr})
	defer client.Close()
	if err := client.ReplicaOf(p.Context(), host, port).Err(); err != nil {
		p.Fatal(err)
	}
}
