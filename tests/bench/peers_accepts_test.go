//go:build linux

package bench

import "fmt"

// measureAccepts compares accepting messages while no worker runs. pgbench makes a transaction for
// each message: once with the fewest writes that a message needs, which are those of the peers, and
// once with the writes of Parley.
func (p *peers) measureAccepts() {
	p.Helper()
	systems := p.startAll("api")
	p.createPeerDatabase("pgbench_fewest")
	p.populate(p.migrated("pgbench_parley"), users)
	measurements := []measurement{
		p.accepts(systems[0]),
		p.transactions("pgbench, fewest writes", "pgbench_fewest", p.fewestWrites(), 1),
		p.transactions("pgbench, writes of Parley", "pgbench_parley", p.pgbenchScript(), 2),
	}
	for _, s := range systems[1:] {
		measurements = append(measurements, p.accepts(s))
	}
	what := fmt.Sprintf("accepted messages, %d connections (pgbench: %d), %s", peerConnections, connections, *duration)
	p.compareAll(what, []metric{{name: "messages a second"}}, measurements...)
}

// accepts measures how many messages a system accepts a second. It checks what they have added.
func (p *peers) accepts(s system) measurement {
	script := p.sendScriptOf(s.tokens, s.room)
	return measurement{s.name, func() []float64 {
		s.reset()
		var r result
		p.checkCounts(s.name, s.sent, peerConnections, func() int {
			r = p.load(s, script)
			return r.requests
		})
		return []float64{r.perSecond}
	}}
}

// transactions measures transactions of pgbench that insert a number of rows each.
func (p *peers) transactions(name, database, script string, rows int) measurement {
	query := fmt.Sprintf("SELECT count(*) / %d FROM messages WHERE content IN ('', repeat('x', 100))", rows)
	inserted := []counter{p.counter("transactions", database, query)}
	return measurement{name, func() []float64 {
		var r result
		p.checkCounts(name, inserted, 0, func() int {
			r = p.pgbench(database, script)
			return r.requests
		})
		return []float64{r.perSecond}
	}}
}

// fewestWrites returns a script for pgbench that counts and inserts a message.
func (s *stack) fewestWrites() string {
	s.Helper()
	return s.file("fewest.sql", fmt.Sprintf(`\set n random(1, %d)
BEGIN;
UPDATE users SET daily_message_count = daily_message_count + 1 WHERE id = :n AND daily_message_count < 1000000000;
INSERT INTO messages (content, is_from_user, chatroom_id, user_id) VALUES (repeat('x', 100), true, :n, :n);
COMMIT;
`, users))
}
