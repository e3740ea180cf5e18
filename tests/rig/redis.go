//go:build linux

package rig

import (
	"context"
	"os/exec"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Redis is a Redis server.
type Redis struct {
	testing.TB
	Port int
	dir  string
	args []string
	cmd  *exec.Cmd
}

// NewRedis starts a server. It writes nothing to disk unless the arguments say so.
func NewRedis(t testing.TB, args ...string) *Redis {
	t.Helper()
	Need(t, "redis-server")
	r := &Redis{TB: t, Port: Port(t), dir: t.TempDir(), args: args}
	t.Cleanup(r.Kill)
	r.Start()
	return r
}

// Start starts the server and returns when it accepts connections.
func (r *Redis) Start() {
	r.Helper()
	args := append([]string{
		"--bind", "127.0.0.1",
		"--port", strconv.Itoa(r.Port),
		"--dir", r.dir,
		"--save", "",
		"--appendonly", "no",
	}, r.args...)
	r.cmd = exec.Command("redis-server", args...)
	endWithTest(r.cmd, nil)
	if err := spawn(r.cmd); err != nil {
		r.Fatalf("start Redis: %v", err)
	}
	client := r.Client()
	defer client.Close()
	Eventually(r, 10*time.Second, "Redis accepts connections", func() bool {
		return client.Ping(context.Background()).Err() == nil
	})
}

// Client returns a new client of the server. The caller closes it.
func (r *Redis) Client() *goredis.Client {
	return goredis.NewClient(&goredis.Options{Addr: Loopback(r.Port)})
}

// PID returns the id of the process.
func (r *Redis) PID() int { return r.cmd.Process.Pid }

// URL returns the URL of the server.
func (r *Redis) URL() string { return RedisAt(r.Port) }

// RedisAt returns the URL of a Redis on a port.
func RedisAt(port int) string { return "redis://" + Loopback(port) + "/0" }

// Flush deletes all data of the server.
func (r *Redis) Flush() {
	r.Helper()
	client := r.Client()
	defer client.Close()
	if err := client.FlushAll(context.Background()).Err(); err != nil {
		r.Fatalf("flush Redis: %v", err)
	}
}

// Kill kills the server.
func (r *Redis) Kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
	r.cmd = nil
}

// Freeze suspends the server until thaw is called. Its connections stay open.
func (r *Redis) Freeze() (thaw func()) {
	r.Helper()
	return freeze(r, r.cmd)
}
