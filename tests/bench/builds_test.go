//go:build linux

package bench

import (
	"os/exec"
	"testing"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// Accepting and cached lists, compared with another build of Parley (-baseline). Each build
// has its own database and its own database of Redis.
func TestBuilds(t *testing.T) {
	if *baseline == "" {
		t.Skip("NOT RUN: needs -baseline with the binary of another build")
	}
	s := newStack(t)
	s.populate("parley", users)
	api, old := s.start("api"), s.startBaseline()
	script := s.sendScript()
	s.compare("accepted messages, compared with the other build", s.load(api, script), s.load(old, script))
	bearer := "Authorization: Bearer " + s.tokens(1)[0]
	list := func(p *rig.Parley) func() float64 {
		return func() float64 { return s.wrk(50, p.URL()+"/chatroom", "-H", bearer).perSecond }
	}
	s.compare("cached lists, compared with the other build", list(api), list(old))
}

// startBaseline starts the API of the other build.
func (s *stack) startBaseline() *rig.Parley {
	s.Helper()
	database := s.postgres.URL(s.postgres.CreateDatabase("baseline"))
	migrate := exec.Command(*baseline, "migrate")
	migrate.Env = []string{"DATABASE_URL=" + database}
	if out, err := migrate.CombinedOutput(); err != nil {
		s.Fatalf("migrate with the other build: %v\n%s", err, out)
	}
	s.populate("baseline", users)
	env := append(s.env, "DATABASE_URL="+database, "REDIS_URL=redis://"+rig.Loopback(s.redis.Port)+"/1")
	return rig.NewParley(s, *baseline, "api", env...)
}
