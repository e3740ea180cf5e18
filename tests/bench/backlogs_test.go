//go:build linux

package bench

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

var (
	settle = flag.Duration("settle", 5*time.Second,
		"how long TestBacklogs waits after the first answer of a backlog, until the worker's state is stable")
	only = flag.String("backlog", "", "name of the only backlog that TestBacklogs measures")
)

const (
	freshUsers  = 20_000                 // users without messages; each of them asks at most once
	askEvery    = 300 * time.Millisecond // the time between two messages of fresh users
	answerLimit = 10 * time.Second       // how long a fresh user waits for an answer
)

// Fresh users ask one after the other while other users have a backlog, and nothing else runs: one
// API process and one worker with 64 slots. For each backlog it gives the time from the 202 to the
// final answer without the time of the model, the status of /readyz, and the statements that took
// the most time. After the worker has stopped, it gives the times of claims through the port.
// With -baseline, the other build answers the same backlogs in turn, in its own database. Its claims
// through the port are not measured, because this process has only the code of this build.
//
//	go test ./tests/bench -v -rounds 1 -duration 30s -run TestBacklogs -stored 10000000 -timeout 3h
func TestBacklogs(t *testing.T) {
	s := newQueueStack(t)
	s.redis = rig.NewRedis(s, "--maxmemory-policy", "noeviction")
	s.env = append(s.env, fmt.Sprint("USER_CONCURRENCY=", perUser), "USER_BACKLOG=0", "WORKER_CONCURRENCY=64",
		"REDIS_URL="+s.redis.URL())
	var builds []*backlogs
	for _, b := range s.builds() {
		m := &backlogs{build: b, direct: b.binary == s.binary}
		m.next = s.store(b.database, freshUsers)
		m.accessTokens = s.tokens(m.next - 1 + freshUsers)
		builds = append(builds, m)
	}
	for range *rounds {
		for _, latency := range []time.Duration{200 * time.Millisecond, 0} {
			measureAll(builds, latency)
		}
		slices.Reverse(builds) // each build is the first one in every other round
	}
}

// builds returns this build and, with -baseline, the other one. Their statements are counted.
func (s *stack) builds() []build {
	s.Helper()
	this := build{
		stack:    s,
		binary:   s.binary,
		database: s.counted("parley"),
		env:      append(s.env[:len(s.env):len(s.env)], "DATABASE_URL="+s.postgres.URL("parley")),
	}
	if *baseline == "" {
		return []build{this}
	}
	other := s.emptyOtherBuild()
	s.postgres.Exec(other.database, "CREATE EXTENSION pg_stat_statements")
	return []build{this, other}
}

// backlogs measures the backlogs on one build.
type backlogs struct {
	build
	direct       bool // whether to measure claims through the port
	next         int  // the number of the next fresh user
	accessTokens []string
}

// measureAll measures each backlog on one build after the other.
func measureAll(builds []*backlogs, latency time.Duration) {
	for _, b := range []backlog{
		{name: "none"},
		{name: "A", users: 1, rooms: 1, each: 20_000},
		{name: "B", users: 1, rooms: 1000, each: 20},
		{name: "C", users: 1000, rooms: 20, each: 10},
	} {
		if *only != "" && *only != b.name {
			continue
		}
		for _, m := range builds {
			m.Logf("%s, model latency %s, backlog %s", m.database, latency, b)
			m.measure(b, latency)
			if m.direct {
				m.measureClaims()
			}
			m.deleteBacklog(m.database)
		}
	}
}

// planned is how long processes run before a backlog is inserted, so that their connections have
// planned the statements while nothing was queued.
const planned = 3 * time.Second

// measure answers a backlog with processes, while fresh users ask.
func (m *backlogs) measure(b backlog, latency time.Duration) {
	m.Helper()
	api := m.start("api")
	worker := rig.NewParley(m, m.binary, "worker", append(m.env[:len(m.env):len(m.env)],
		"ECHO_LATENCY="+latency.String())...)
	defer func() {
		worker.Stop(stopTimeout)
		api.Stop(stopTimeout)
	}()
	time.Sleep(planned)
	m.insertBacklog(m.database, b)
	m.awaitStable(b)
	m.resetCounts(m.database)
	before, began := m.answered(), time.Now()
	ready := watchReadiness(api, worker)
	asked := m.askInTurn(client.At(api.URL()))
	m.Logf("  readyz: %s", ready())
	m.Logf("  backlog: %.0f answers a second", float64(m.answered()-before)/time.Since(began).Seconds())
	m.Logf("  fresh users: %s", asked.describe(latency))
	for _, statement := range m.slowest(m.database) {
		m.Logf("  %s", statement)
	}
}

// answered returns how many replies of a backlog are answered.
func (m *backlogs) answered() int {
	m.Helper()
	return m.postgres.Count(m.database, fmt.Sprintf("SELECT count(*) FROM messages WHERE id BETWEEN %s AND %s"+
		" AND status = 'done'", uuidSQL(heavyReply, "0"), uuidSQL(heavyReply, "x'ffffffffff'::bigint")))
}

// awaitStable waits for the first answer of a backlog, but not for ever, and then for the time -settle.
func (m *backlogs) awaitStable(b backlog) {
	m.Helper()
	const limit = 30 * time.Second
	began := time.Now()
	for b.users > 0 && m.answered() == 0 {
		if time.Since(began) > limit {
			m.Logf("  no answer of the backlog within %s", limit)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	m.Logf("  first answer of the backlog after %s", time.Since(began).Round(100*time.Millisecond))
	time.Sleep(*settle)
}
