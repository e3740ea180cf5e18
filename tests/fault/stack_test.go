//go:build linux

package fault

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// stack is a Postgres and a Redis behind proxies, and a model. It can have a NATS in addition. A
// test starts processes of Parley on it. On memory there is only the model.
type stack struct {
	*testing.T
	random        *rand.Rand
	postgres      *rig.Postgres
	redis         *rig.Redis
	wakeups       wakeupQueue
	postgresProxy *rig.Proxy
	redisProxy    *rig.Proxy
	model         *rig.Model
	env           []string // of all processes of Parley
}

const database = "parley"

// newStack starts everything except Parley. act decides what the model does with a call, see
// rig.Model.
func newStack(t *testing.T, act func(prompt string, call int) rig.Act) *stack {
	t.Helper()
	s := newMemoryStack(t, act)
	s.postgres = rig.NewPostgres(t)
	s.redis = rig.NewRedis(t)
	s.wakeups = redisQueue{s.redis}
	s.postgres.CreateDatabase(database)
	s.postgresProxy = rig.NewProxy(t, s.postgres.Port)
	s.redisProxy = rig.NewProxy(t, s.redis.Port)
	s.env = append(s.env,
		"DATABASE_URL="+rig.Database(s.postgresProxy.Port, database),
		"REDIS_URL="+rig.RedisAt(s.redisProxy.Port))
	return s
}

// newMemoryStack starts only the model. A process of Parley then has all data in memory.
func newMemoryStack(t *testing.T, act func(prompt string, call int) rig.Act) *stack {
	t.Helper()
	if !*runReal && !*runWhole {
		t.Skip("NOT RUN: needs -real; starts real processes and takes minutes")
	}
	t.Logf("seed %d", *seed)
	s := &stack{
		T:      t,
		random: rand.New(rand.NewPCG(*seed, 0)),
		model:  rig.NewModel(t, act),
	}
	s.env = append(s.model.Env(),
		"SECRET_KEY=the key that all processes share",
		"BASIC_DAILY_LIMIT=1000000",
		"DAILY_REFUNDS=1000000",
		"USER_CONCURRENCY=0",
		"USER_BACKLOG=0",
		"USER_REQUESTS=0",
		rig.Trust)
	return s
}

// start starts a process of Parley in a role, with variables in addition to those of the stack.
func (s *stack) start(role string, env ...string) *rig.Parley {
	s.Helper()
	path, err := binary()
	if err != nil {
		s.Fatalf("build Parley: %v", err)
	}
	return rig.NewParley(s, path, role, slices.Concat(s.env, env)...)
}

// randomDuration returns a duration of at least least and less than most.
func (s *stack) randomDuration(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)))
}

// letRun waits for 50 to 300 ms. The time starts now or, at random, when the process is
// ready. So a process that was just started may not be ready when letRun returns.
func (s *stack) letRun(p *rig.Parley) {
	s.Helper()
	if s.random.IntN(2) == 0 {
		p.Ready(30 * time.Second)
	}
	time.Sleep(s.randomDuration(50*time.Millisecond, 300*time.Millisecond))
}

// killRepeatedly starts and kills a worker that does not run, at random times: n times, and more
// often until the number of interrupted attempts is at least want. On a busy machine a kill may
// hit a worker that has claimed nothing. It stops after 10 n kills. The worker does not run then.
func (s *stack) killRepeatedly(worker *rig.Parley, n, want int) (kills int) {
	s.Helper()
	for kills < n || kills < 10*n && s.countInterrupted() < want {
		worker.Start()
		s.letRun(worker)
		worker.Kill()
		kills++
	}
	return kills
}

// countInterrupted returns the number of attempts that kills have interrupted so far. No worker may
// run: then nobody continues the replies that are running.
func (s *stack) countInterrupted() int {
	s.Helper()
	const query = "SELECT coalesce(sum(crashes), 0) + count(*) FILTER (WHERE status = 'running') FROM messages"
	return s.queryInt(query)
}

// queryInt returns the number that a query returns. It does not use the proxy.
func (s *stack) queryInt(query string, args ...any) int {
	s.Helper()
	return s.postgres.Count(database, query, args...)
}

// connect connects to the database without the proxy. The caller closes the connection.
func (s *stack) connect() *pgx.Conn {
	s.Helper()
	conn, err := pgx.Connect(context.Background(), s.postgres.URL(database))
	if err != nil {
		s.Fatalf("connect to Postgres: %v", err)
	}
	return conn
}

// quotaUsed returns how many units of the daily quota the owner of a room has used.
func (s *stack) quotaUsed(roomID string) int {
	s.Helper()
	const query = "SELECT coalesce(sum(n), 0) FROM sent JOIN rooms ON owner = user_id WHERE id = $1"
	return s.queryInt(query, roomID)
}
