//go:build linux

package fault

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

func briefly(string, int) rig.Act { return rig.Act{Latency: 100 * time.Millisecond} }

// Postgres crashes and comes back under load, and then every connection to it is
// cut and for a moment there is no other: what was accepted before, meanwhile and
// after is answered once, and the processes are healthy again by themselves.
func TestPostgresComesAndGoes(t *testing.T) {
	s := newStack(t, briefly)
	l := s.load()
	defer l.end()
	crashed := l.outlives(times(5, 2), func() {
		s.postgres.Crash()
		time.Sleep(s.between(0, time.Second))
		s.postgres.Start()
	})
	cut := l.outlives(times(20, 3), func() {
		s.toPostgres.Cut()
		time.Sleep(s.between(0, time.Second))
		s.toPostgres.Mend()
	})
	l.end()
	l.putOff()
	took := l.answered(30 * time.Second)
	t.Logf("%d crashes, healthy after at most %s; %d times cut off, healthy after at most %s; the last answer %s after the last was sent; troubles meanwhile %v; %+v",
		len(crashed), slices.Max(crashed).Round(time.Millisecond), len(cut), slices.Max(cut).Round(time.Millisecond), took.Round(time.Millisecond), l.broken, l.count())
}

// Postgres moves to another host, and the one before says nothing any more: what
// waits for it gives up, and nobody waits for good. A worker that sweeps again says that it lives.
// A statement is given 18 s, and pgx 15 s more to tell the server before its place in the pool is free.
func TestPostgresGoesSilent(t *testing.T) {
	const patience = time.Minute
	s := newStack(t, briefly)
	l := s.load()
	defer l.end()
	time.Sleep(l.between(500*time.Millisecond, time.Second))
	s.toPostgres.Silence()
	s.postgres.Exec("parley", "DELETE FROM workers")
	began := time.Now()
	rig.Eventually(t, patience, "both workers sweep", func() bool {
		return s.postgres.Count("parley", "SELECT count(*) FROM workers WHERE until > now()") == 2
	})
	swept := time.Since(began)
	for _, p := range l.processes {
		p.Ready(patience - time.Since(began))
	}
	healthy := time.Since(began)
	l.end()
	l.putOff()
	took := l.answered(60 * time.Second)
	t.Logf("all connections fell silent: workers sweep after %s, all are healthy after %s, the last answer %s after the last was sent; troubles meanwhile %v; %+v",
		swept.Round(time.Millisecond), healthy.Round(time.Millisecond), took.Round(time.Millisecond), l.broken, l.count())
}

// putOff fails the test unless all who met with trouble were told to come back.
func (c *crowd) putOff() {
	c.Helper()
	for trouble := range c.broken {
		if trouble != "503 unavailable, in 1 s" {
			c.Errorf("sends were answered with %v", c.broken)
			return
		}
	}
}

// load is a crowd that sends through an api, with two workers, until its end.
type load struct {
	*crowd
	processes []*rig.Parley
	end       func()
}

func (s *stack) load() *load {
	s.Helper()
	l := &load{processes: []*rig.Parley{s.start("api"), s.start("worker"), s.start("worker")}}
	l.crowd = s.newCrowd(l.processes[0], 100)
	stop, ended := make(chan struct{}), make(chan struct{})
	l.end = sync.OnceFunc(func() { close(stop); <-ended })
	go func() {
		defer close(ended)
		l.sendUntil(stop)
	}()
	return l
}

// outlives has something happen again and again, fails the test unless it was
// noticed and every process is healthy in 10 s, and returns how long that took.
func (l *load) outlives(again int, happens func()) (healthy []time.Duration) {
	l.Helper()
	for range again {
		time.Sleep(l.between(100*time.Millisecond, 600*time.Millisecond))
		before := l.troubles()
		happens()
		began := time.Now()
		for _, p := range l.processes {
			p.Ready(10*time.Second - time.Since(began))
		}
		healthy = append(healthy, time.Since(began))
		if l.troubles() == before {
			l.Error("nobody noticed what happened")
		}
	}
	return healthy
}

// Postgres is 200 ms away, each way: all is slower and nothing is refused, asked twice or lost.
func TestPostgresIsFarAway(t *testing.T) {
	s := newStack(t, briefly)
	api := s.start("api")
	s.start("worker")
	c := s.newCrowd(api, 100)
	s.toPostgres.Delay(200 * time.Millisecond)
	defer s.toPostgres.Delay(0)
	began := time.Now()
	c.send(times(500, 32))
	sent := time.Since(began)
	took := c.answered(60 * time.Second)
	if c.troubles() > 0 {
		t.Errorf("sends were answered with %v", c.broken)
	}
	if sent < 400*time.Millisecond {
		t.Errorf("all was sent in %s, as if Postgres were near", sent)
	}
	c.askedOnce()
	t.Logf("%d messages sent by 16 at once in %s, the last answer %s after the last was sent", c.sent.Load(), sent.Round(time.Millisecond), took.Round(time.Millisecond))
}
