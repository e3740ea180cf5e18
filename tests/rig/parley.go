//go:build linux

package rig

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/logtest"
)

// Parley is a process of Parley.
type Parley struct {
	testing.TB
	Logs    *logtest.Buffer // empty if the log goes to a file
	logFile *os.File        // nil without one
	Port    int
	Metrics int // the port that serves /metrics
	binary  string
	role    string
	env     []string
	cmd     *exec.Cmd
	ended   chan error
}

// NewParley starts a process in a role (serve, api or worker) with variables like
// "NAME=value". It returns when the process is ready.
func NewParley(t testing.TB, binary, role string, env ...string) *Parley {
	t.Helper()
	return newParley(t, binary, role, env).run()
}

// newParley returns a process that is not started yet.
func newParley(t testing.TB, binary, role string, env []string) *Parley {
	t.Helper()
	return &Parley{
		TB:      t,
		Logs:    &logtest.Buffer{},
		Port:    Port(t),
		Metrics: Port(t),
		binary:  binary,
		role:    role,
		env:     env,
	}
}

// run starts the process, which ends with the test, and waits until it is ready.
func (p *Parley) run() *Parley {
	p.Helper()
	p.Cleanup(p.end)
	p.Start()
	p.Ready(30 * time.Second)
	return p
}

// end kills the process if it still runs, and fails the test if its log reports a data race.
func (p *Parley) end() {
	p.Kill()
	log := p.log()
	if _, race, found := strings.Cut(log, "WARNING: DATA RACE"); found {
		p.Errorf("%s reported a data race:%s", p.role, race[:min(len(race), 4000)])
	}
	if p.Failed() {
		p.Logf("log of %s:\n%s", p, digest(log))
	}
}

// Start starts the process. It does not wait until it is ready.
func (p *Parley) Start() {
	p.Helper()
	p.cmd = exec.Command(p.binary, p.role)
	p.cmd.Dir = p.TempDir()
	p.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"),
		"LOG_FORMAT=json",
		"ECHO_LATENCY=300ms",
		"HTTP_ADDR=" + Loopback(p.Port),
		"METRICS_ADDR=" + Loopback(p.Metrics),
	}, p.env...)
	p.cmd.Stdout = p.output()
	p.cmd.Stderr = p.cmd.Stdout
	endWithTest(p.cmd, nil)
	if err := spawn(p.cmd); err != nil {
		p.Fatalf("start %s: %v", p.role, err)
	}
	ended, cmd := make(chan error, 1), p.cmd
	p.ended = ended
	go func() { ended <- cmd.Wait() }()
}

// URL returns where the process listens.
func (p *Parley) URL() string { return "http://" + Loopback(p.Port) }

// PID returns the id of the process.
func (p *Parley) PID() int { return p.cmd.Process.Pid }

// Ready waits until the process is ready, and returns how long that took. It fails the
// test after the time within.
func (p *Parley) Ready(within time.Duration) time.Duration {
	p.Helper()
	return Eventually(p, within, p.role+" is ready", p.isReady)
}

func (p *Parley) isReady() bool {
	quick := http.Client{Timeout: 2 * time.Second}
	res, err := quick.Get(p.URL() + "/readyz")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Kill kills the process. It fails the test when the process had already ended.
func (p *Parley) Kill() {
	if p.cmd == nil {
		return
	}
	select {
	case err := <-p.ended:
		p.Errorf("%s had already ended: %v\n%s", p.role, err, digest(p.log()))
	default:
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	p.cmd = nil
}

// Stop sends SIGTERM, waits until the process ends, and returns how long that took. It
// fails the test when the process exits with an error or takes longer than within.
func (p *Parley) Stop(within time.Duration) time.Duration {
	p.Helper()
	began := time.Now()
	signal(p, p.cmd, syscall.SIGTERM)
	select {
	case err := <-p.ended:
		p.cmd = nil
		if err != nil {
			p.Errorf("%s exited with %v, want success", p.role, err)
		}
	case <-time.After(within):
		p.Errorf("%s did not stop within %s", p.role, within)
		p.Kill()
	}
	return time.Since(began)
}

// Freeze suspends the process until thaw is called.
func (p *Parley) Freeze() (thaw func()) {
	p.Helper()
	return freeze(p, p.cmd)
}

// String returns the role and the URL, for messages.
func (p *Parley) String() string { return fmt.Sprintf("%s on %s", p.role, p.URL()) }
