//go:build linux

package bench

import (
	"net/http"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// fleets measures fleets, one after the other on the same databases.
type fleets struct {
	*stack
	accessTokens []string  // of all users
	asked        int       // how many users have sent their message
	counters     []counter // of what each message adds once
}

// newFleets adds a user with a room for each message of all measurements. The users have a row in
// turns, as after their first message.
func (s *stack) newFleets() *fleets {
	s.Helper()
	n := usersOfFleet(1) // for the warm-up
	for _, processes := range processCounts {
		n += *rounds * usersOfFleet(processes)
	}
	s.populate("parley", n)
	s.postgres.Exec("parley", "INSERT INTO turns (owner) SELECT id FROM users")
	const messages = "SELECT count(*) FROM messages WHERE "
	return &fleets{stack: s, accessTokens: s.tokens(n), counters: []counter{
		s.counter("prompts", "parley", messages+"in_reply_to IS NULL"),
		s.counter("replies", "parley", messages+"in_reply_to IS NOT NULL"),
		s.counter("answers", "parley", messages+"in_reply_to IS NOT NULL AND status = 'done'"),
		s.counter("units of the quota", "parley", "SELECT coalesce(sum(n), 0)::bigint FROM sent"),
	}}
}

// usersOfFleet returns how many users send a message in a measurement of n API processes.
func usersOfFleet(n int) int { return n*fleetWarmUp + len(fleetLoads)*fleetMessages }

// fleet is a number of API processes and of workers that run.
type fleet struct {
	*fleets
	apis, processes []*rig.Parley // processes are those of apis and the workers
}

// measure starts n API processes and n workers, measures them and stops them.
func (m *fleets) measure(n int) (costs fleetCosts) {
	m.Helper()
	f := m.start(n)
	defer f.stop()
	f.send(n*fleetWarmUp, fleetLoads[0].clients(n))
	idle, in := f.used(func() { time.Sleep(fleetIdle) })
	costs.idle = idle.times(100 / in.Seconds())
	for _, load := range fleetLoads {
		costs.loads = append(costs.loads, f.measure(load.clients(n)))
	}
	return costs
}

// measure measures a load from some clients.
func (f *fleet) measure(clients int) loadCosts {
	f.Helper()
	f.postgres.Exec("postgres", "CHECKPOINT") // now, so that it does not disturb a measurement
	stopSampling := f.sampleLocks()
	cpu, took := f.send(fleetMessages, clients)
	return loadCosts{
		cpu:       cpu.times(1000. / fleetMessages),
		perSecond: fleetMessages / took.Seconds(),
		locks:     stopSampling(),
	}
}

// start starts n API processes and n workers. Their logs go to files, because the test process must
// not spend CPU time on them.
func (m *fleets) start(n int) *fleet {
	m.Helper()
	f := &fleet{fleets: m}
	for range n {
		f.apis = append(f.apis, rig.NewParleyWithLogFile(m, m.binary, "api", m.env...))
		f.processes = append(f.processes, rig.NewParleyWithLogFile(m, m.binary, "worker", m.env...))
	}
	f.processes = append(f.processes, f.apis...)
	return f
}

func (f *fleet) stop() {
	for _, p := range f.processes {
		p.Stop(stopTimeout)
	}
}

// send sends n messages of new users from some clients and waits for their answers. It returns the CPU
// time in seconds that this used, and the time that it took. It fails the test unless each counter has
// grown by n.
func (f *fleet) send(n, clients int) (cpu fleetCPU, took time.Duration) {
	f.Helper()
	f.checkCounts("Parley", f.counters, 0, func() int {
		cpu, took = f.used(func() { f.sendConcurrently(n, clients) })
		return n
	})
	return cpu, took
}

// sendConcurrently sends n messages of new users from some clients. Each client has one connection.
func (f *fleet) sendConcurrently(n, clients int) {
	f.Helper()
	first := f.asked
	f.asked += n
	var sending sync.WaitGroup
	for i := range clients {
		sending.Go(func() {
			at := client.Using(&http.Client{Transport: &http.Transport{}}, f.apis[i%len(f.apis)].URL())
			for user := first + i; user < first+n && !f.Failed(); user += clients {
				f.ask(at, user)
			}
		})
	}
	sending.Wait()
	if f.Failed() {
		f.FailNow()
	}
}

// ask sends the message of a user, counted from 0, and waits for its answer.
func (f *fleet) ask(at *client.Client, user int) {
	_, err := system{room: roomFormat}.timeAnswer(at.As(f.accessTokens[user]), user+1)
	if err != nil {
		f.Errorf("the message of user %d: %v", user+1, err)
	}
}
