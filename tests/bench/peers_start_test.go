//go:build linux

package bench

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/tests/logtest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// peerConcurrency is how many messages a worker of each system answers concurrently.
const peerConcurrency = 512

// peer is a system that is compared with Parley.
type peer struct {
	name      string
	database  string                      // of Postgres
	redis     int                         // number of the database of Redis
	command   func(role string) *exec.Cmd // starts a process
	countJobs []any                       // the command of Redis that returns the number of queued jobs
}

// goPeer is the minimal Go peer.
func (p *peers) goPeer() peer {
	return peer{
		name:      "minimal Go",
		database:  "minimalgo",
		redis:     2,
		command:   func(role string) *exec.Cmd { return exec.Command(p.minimalGo, role) },
		countJobs: []any{"XLEN", "jobs"},
	}
}

// startPeer starts processes of a peer in these roles. It returns when the API listens.
func (p *peers) startPeer(x peer, roles ...string) system {
	p.Helper()
	addr := rig.Loopback(p.startRoles(x, roles))
	rig.Eventually(p, 30*time.Second, x.name+" listens", func() bool {
		conn, err := net.Dial("tcp", addr)
		return err == nil && conn.Close() == nil
	})
	jobs := goredis.NewClient(&goredis.Options{Addr: rig.Loopback(p.redis.Port), DB: x.redis})
	p.Cleanup(func() { _ = jobs.Close() })
	return system{
		name:   x.name,
		url:    "http://" + addr,
		tokens: p.peerTokens(),
		room:   "%d",
		sent: []counter{
			p.counter("right messages", x.database, `SELECT count(*) FROM messages m
				JOIN chatrooms c ON c.id = m.chatroom_id AND c.user_id = m.user_id
				WHERE m.is_from_user AND m.content = repeat('x', 100)`),
			p.counter("units of the quota", x.database, "SELECT sum(daily_message_count)::bigint FROM users"),
			{"queued jobs", func() int { return p.redisInt(jobs, x.countJobs...) }},
		},
		answers: p.counter("answers", x.database, "SELECT count(*) FROM messages WHERE NOT is_from_user"),
		reset:   func() { p.redisOK(jobs, "FLUSHDB") },
	}
}

// startRoles starts a process in each role and returns the port of the API.
func (p *peers) startRoles(x peer, roles []string) (port int) {
	p.Helper()
	port = rig.Port(p)
	for _, role := range roles {
		logs := &logtest.Buffer{}
		cmd := x.command(role)
		cmd.Env = p.peerEnv(x, port)
		cmd.Stdout, cmd.Stderr = logs, logs
		rig.Spawn(p, cmd)
		p.Cleanup(func() { // before the process is killed
			if log := logs.String(); log != "" && p.Failed() {
				p.Logf("log of %s, %s:\n%s", x.name, role, log)
			}
		})
	}
	return port
}

// peerEnv returns the variables of the processes of a peer.
func (p *peers) peerEnv(x peer, port int) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		fmt.Sprint("PORT=", port),
		fmt.Sprint("PROCESSES=", runtime.NumCPU()), // of the API of Node, which uses one core each
		fmt.Sprint("CONCURRENCY=", peerConcurrency),
		"SECRET_KEY=" + secret,
		"DATABASE_URL=" + p.postgres.URL(x.database),
		fmt.Sprintf("REDIS_URL=redis://%s/%d", rig.Loopback(p.redis.Port), x.redis),
		"MODEL_URL=" + p.model.URL + "/v1beta/models/gemini-2.5-flash:generateContent",
	}
}

// redisOK executes a command of Redis.
func (s *stack) redisOK(at *goredis.Client, command ...any) {
	s.Helper()
	if err := at.Do(context.Background(), command...).Err(); err != nil {
		s.Fatalf("execute %v in Redis: %v", command, err)
	}
}

// redisInt executes a command of Redis that returns a number.
func (s *stack) redisInt(at *goredis.Client, command ...any) int {
	s.Helper()
	n, err := at.Do(context.Background(), command...).Int()
	if err != nil {
		s.Fatalf("execute %v in Redis: %v", command, err)
	}
	return n
}
