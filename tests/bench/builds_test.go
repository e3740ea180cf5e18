//go:build linux

package bench

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// Answers a second, accepting, and cached lists, compared with another build of Parley
// (-baseline). Each build has its own database and its own database of Redis. Wanted: ratios
// of at least 0.9 for the answers, which nobody watches, and of 0.95 for the others.
//
//	go test ./tests/bench -v -rounds 10 -duration 6s -run Builds -baseline /path/to/parley -timeout 1h
func TestBuilds(t *testing.T) {
	if *baseline == "" {
		t.Skip("NOT RUN: needs -baseline with the binary of another build")
	}
	s := newStack(t)
	s.populate("parley", users)
	this := build{
		stack:    s,
		binary:   s.binary,
		database: "parley",
		env:      s.env,
	}
	other := s.otherBuild()
	s.compareAnswers(this, other)
	api, old := this.start("api"), other.start("api")
	script := s.sendScript()
	s.compare("accepted messages, compared with the other build", s.load(api, script), s.load(old, script))
	bearer := "Authorization: Bearer " + s.tokens(1)[0]
	list := func(p *rig.Parley) func() float64 {
		return func() float64 { return s.wrk(50, p.URL()+"/chatroom", "-H", bearer).perSecond }
	}
	s.compare("cached lists, compared with the other build", list(api), list(old))
}

// build is a build of Parley with its database.
type build struct {
	*stack
	binary   string
	database string
	env      []string
}

func (b build) start(role string) *rig.Parley { return rig.NewParley(b, b.binary, role, b.env...) }

// otherBuild returns the other build, with a database that has the same data.
func (s *stack) otherBuild() build {
	s.Helper()
	b := s.emptyOtherBuild()
	s.populate(b.database, users)
	return b
}

// emptyOtherBuild returns the other build, with an empty database.
func (s *stack) emptyOtherBuild() build {
	s.Helper()
	b := build{stack: s, binary: *baseline, database: s.postgres.CreateDatabase("baseline")}
	database := s.postgres.URL(b.database)
	b.env = slices.Concat(s.env,
		[]string{"DATABASE_URL=" + database, "REDIS_URL=redis://" + rig.Loopback(s.redis.Port) + "/1"})
	migrate := exec.Command(b.binary, "migrate")
	migrate.Env = []string{"DATABASE_URL=" + database}
	if out, err := migrate.CombinedOutput(); err != nil {
		s.Fatalf("migrate with the other build: %v\n%s", err, out)
	}
	return b
}

// compareAnswers compares how many replies a worker of each build answers a second.
func (s *stack) compareAnswers(this, other build) {
	s.Helper()
	a, stopA := this.answers()
	b, stopB := other.answers()
	s.compare("answers, compared with the other build", a, b)
	stopA()
	stopB()
}

// answers returns a function that measures answers a second. It suspends a worker while two
// messages are sent to each room, and takes the time until the worker has answered all of
// them. stop stops the processes.
func (b build) answers() (measure func() float64, stop func()) {
	b.Helper()
	api, worker := b.start("api"), b.start("worker")
	devices := b.devices(api, users)
	countUnfinished := b.postgres.Counter(b.database, unfinished)
	measure = func() float64 {
		thaw := worker.Freeze()
		b.concurrently(2*users, func(i int) { b.send(devices[i%users], i%users+1) })
		if n := countUnfinished(); n != 2*users {
			b.Fatalf("%d messages wait for answers, want %d", n, 2*users)
		}
		began := time.Now()
		thaw()
		rig.Eventually(b, 2*time.Minute, "all are answered", func() bool { return countUnfinished() == 0 })
		return 2 * users / time.Since(began).Seconds()
	}
	return measure, func() {
		api.Stop(stopTimeout)
		worker.Stop(stopTimeout)
	}
}
