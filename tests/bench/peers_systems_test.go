//go:build linux

package bench

import (
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// system is a running system with the routes of Parley's API that a measurement needs.
type system struct {
	name   string
	url    string
	tokens []string // of the users 1 to n
	room   string   // the format of the id of room n, for Go and for Lua

	sent    []counter // what an accepted message adds
	answers counter   // what an answered message adds
	reset   func()    // deletes the jobs before messages are sent that no worker answers
}

// start starts a process of Parley in a role. Its log has a line for each request, and those of the
// peers have none, so the test process must not read it.
func (p *peers) start(role string) *rig.Parley {
	p.Helper()
	return rig.NewParleyWithLogFile(p, p.binary, role, p.env...)
}

// startParley starts processes of Parley in these roles. The first one is api.
func (p *peers) startParley(roles ...string) system {
	p.Helper()
	api := p.start(roles[0])
	for _, role := range roles[1:] {
		p.start(role)
	}
	return system{
		name:   "Parley",
		url:    api.URL(),
		tokens: p.tokens(users),
		room:   roomFormat,
		sent: []counter{
			p.counter("right prompts with a queued reply", "parley", `SELECT count(*) FROM messages reply
				JOIN messages prompt ON prompt.id = reply.in_reply_to AND prompt.room = reply.room
				WHERE reply.status = 'queued' AND prompt.content = repeat('x', 100)`),
			p.counter("units of the quota", "parley", "SELECT coalesce(sum(n), 0)::bigint FROM sent"),
		},
		answers: p.counter("answers", "parley",
			"SELECT count(*) FROM messages WHERE status = 'done' AND in_reply_to IS NOT NULL"),
		reset: func() {},
	}
}

// startAll starts all systems in these roles. The first system is Parley.
func (p *peers) startAll(roles ...string) []system {
	p.Helper()
	return []system{
		p.startParley(roles...),
		p.startPeer(p.node(), roles...),
		p.startPeer(p.goPeer(), roles...),
	}
}

// devices returns clients of all users. They share the connections, of which as many stay open as
// there are users.
func (s system) devices() []*client.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: len(s.tokens)}
	connected := client.Using(&http.Client{Transport: transport, Timeout: time.Minute}, s.url)
	var devices []*client.Client
	for _, token := range s.tokens {
		devices = append(devices, connected.As(token))
	}
	return devices
}

// counter counts something.
type counter struct {
	what  string
	count func() int
}

// counter returns a counter of the rows of a query.
func (s *stack) counter(what, database, query string) counter {
	s.Helper()
	return counter{what, s.postgres.Counter(database, query)}
}

// checkCounts runs a load, which returns the number of its successful requests. It fails the test
// unless each counter has grown by this number. Requests that were in flight at the end of the load
// may have increased it further.
func (s *stack) checkCounts(system string, counters []counter, inFlight int, load func() int) {
	s.Helper()
	before := make([]int, len(counters))
	for i, c := range counters {
		before[i] = c.count()
	}
	n := load()
	for i, c := range counters {
		if grown := c.count() - before[i]; !isRightGrowth(grown, n, inFlight) {
			s.Fatalf("%s: %d successful requests added %d %s, want %d to %d", system, n, grown, c.what, n, n+inFlight)
		}
	}
}

// isRightGrowth reports whether n successful requests may have increased a counter by grown.
func isRightGrowth(grown, n, inFlight int) bool { return grown >= n && grown <= n+inFlight }
