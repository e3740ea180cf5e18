//go:build linux

package rig

import (
	"context"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Redis is a server of its own.
type Redis struct {
	testing.TB
	Port int
	dir  string
	args []string
	cmd  *exec.Cmd
}

// NewRedis starts a server, which keeps nothing on disk unless the arguments say so.
func NewRedis(t testing.TB, args ...string) *Redis {
	t.Helper()
	Need(t, "redis-server")
	r := &Redis{TB: t, Port: Port(t), dir: t.TempDir(), args: args}
	t.Cleanup(r.Kill)
	r.Start()
	return r
}

// Start returns when the server answers.
func (r *Redis) Start() {
	r.Helper()
	args := append([]string{"--bind", "127.0.0.1", "--port", strconv.Itoa(r.Port), "--dir", r.dir, "--save", "", "--appendonly", "no"}, r.args...)
	r.cmd = exec.Command("redis-server", args...)
	mortal(r.cmd, nil)
	if err := spawn(r.cmd); err != nil {
		r.Fatal(err)
	}
	client := r.Client()
	defer client.Close()
	Eventually(r, 10*time.Second, "Redis answers", func() bool { return client.Ping(context.Background()).Err() == nil })
}

// Client is one of the server's, to be closed.
func (r *Redis) Client() *goredis.Client {
	return goredis.NewClient(&goredis.Options{Addr: Loopback(r.Port)})
}

// URL is the server's.
func (r *Redis) URL() string { return RedisAt(r.Port) }

// RedisAt is the URL of one behind a port.
func RedisAt(port int) string { return "redis://" + Loopback(port) + "/0" }

// Flush makes the server forget all it knows.
func (r *Redis) Flush() {
	r.Helper()
	client := r.Client()
	defer client.Close()
	if err := client.FlushAll(context.Background()).Err(); err != nil {
		r.Fatal(err)
	}
}

// Kill ends the server at once.
func (r *Redis) Kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
	r.cmd = nil
}

// Freeze keeps the server from answering while its connections stay, until the returned thaw.
func (r *Redis) Freeze() (thaw func()) {
	r.Helper()
	signal(r, r.cmd, syscall.SIGSTOP)
	return func() { signal(r, r.cmd, syscall.SIGCONT) }
}
