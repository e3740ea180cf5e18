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

	"github.com/kuvaka-tech/parley/tests/client"
)

// Parley is a process of the program.
type Parley struct {
	testing.TB
	Said    *client.Log
	Port    int
	Metrics int // the port that serves /metrics
	binary  string
	role    string
	env     []string
	cmd     *exec.Cmd
	ended   chan error
}

// NewParley runs a role of the program, which is serve, api or worker, with
// variables like "NAME=value". It returns when the process is ready.
func NewParley(t testing.TB, binary, role string, env ...string) *Parley {
	t.Helper()
	p := &Parley{TB: t, Said: &client.Log{}, Port: Port(t), Metrics: Port(t), binary: binary, role: role, env: env}
	t.Cleanup(p.end)
	p.Start()
	p.Ready(30 * time.Second)
	return p
}

// end kills the process, if that is still to be done, and reads what it said.
func (p *Parley) end() {
	p.Kill()
	if _, race, found := strings.Cut(p.Said.String(), "WARNING: DATA RACE"); found {
		p.Errorf("%s had a data race:%s", p.role, race[:min(len(race), 4000)])
	}
	if p.Failed() {
		p.Logf("the end of the log of %s:\n%s", p.role, tail(p.Said.String()))
	}
}

// Start does not wait for the process to be ready.
func (p *Parley) Start() {
	p.Helper()
	p.cmd = exec.Command(p.binary, p.role)
	p.cmd.Dir = p.TempDir()
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LOG_FORMAT=json",
		"HTTP_ADDR=" + Loopback(p.Port), "METRICS_ADDR=" + Loopback(p.Metrics)}, p.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.Said, p.Said
	mortal(p.cmd, nil)
	if err := spawn(p.cmd); err != nil {
		p.Fatal(err)
	}
	ended, cmd := make(chan error, 1), p.cmd
	p.ended = ended
	go func() { ended <- cmd.Wait() }()
}

// URL is where the process listens.
func (p *Parley) URL() string { return "http://" + Loopback(p.Port) }

// PID is the process's.
func (p *Parley) PID() int { return p.cmd.Process.Pid }

// Ready fails the test unless the process gets ready in time, which is returned.
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

// Kill ends the process at once, and fails the test when it had ended by itself.
func (p *Parley) Kill() {
	if p.cmd == nil {
		return
	}
	select {
	case err := <-p.ended:
		p.Errorf("%s had ended by itself: %v\n%s", p.role, err, tail(p.Said.String()))
	default:
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	p.cmd = nil
}

// Stop tells the process to stop, waits until it has, and returns how long that
// took. It fails the test when the process complains, or takes longer than it may.
func (p *Parley) Stop(within time.Duration) time.Duration {
	p.Helper()
	began := time.Now()
	signal(p, p.cmd, syscall.SIGTERM)
	select {
	case err := <-p.ended:
		if p.cmd = nil; err != nil {
			p.Errorf("%s ended with %v", p.role, err)
		}
	case <-time.After(within):
		p.Errorf("%s did not stop within %s", p.role, within)
		p.Kill()
	}
	return time.Since(began)
}

// Freeze stops the process where it is, until the returned thaw.
func (p *Parley) Freeze() (thaw func()) {
	p.Helper()
	signal(p, p.cmd, syscall.SIGSTOP)
	return func() { p.Helper(); signal(p, p.cmd, syscall.SIGCONT) }
}

// String names the process in messages.
func (p *Parley) String() string { return fmt.Sprintf("%s on %s", p.role, p.URL()) }
