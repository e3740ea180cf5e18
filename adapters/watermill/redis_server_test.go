package watermill

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/ports/portstest"
)

// server connects to the server that all tests share, and returns a name for the stream of this one.
func server(t *testing.T) (*redis.Client, string) {
	t.Helper()
	url := portstest.Infrastructure(t, "TEST_REDIS_URL")
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal("TEST_REDIS_URL is not a URL of Redis")
	}
	client, name := connect(t, options), "test:"+rand.Text()
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatalf("TEST_REDIS_URL cannot be reached: %v", err)
	}
	t.Cleanup(func() { client.Del(context.Background(), name+":"+topic) })
	return client, name
}

func connect(t *testing.T, o *redis.Options) *redis.Client {
	t.Helper()
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.DialerRetries, o.MaxRetries = time.Second, time.Second, time.Second, 1, 1
	client := redis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	return client
}

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
		port := 20000 + mathrand.IntN(12000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func (p *private) start() {
	p.Helper()
	p.cmd = exec.Command("redis-server", "--port", strconv.Itoa(p.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", p.TempDir())
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	probe := redis.NewClient(&redis.Options{Addr: p.addr})
	defer probe.Close()
	eventually(p.T, "the server answers", 20*time.Second, func() bool { return probe.Ping(p.Context()).Err() == nil })
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

func eventually(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
