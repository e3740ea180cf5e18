//go:build linux

package rig

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// NewParleyWithLogFile is NewParley, but the process writes its log to a file and not to Logs. The
// test process then spends no CPU time and no memory on the log, which has a line for each request.
func NewParleyWithLogFile(t testing.TB, binary, role string, env ...string) *Parley {
	t.Helper()
	p := newParley(t, binary, role, env)
	f, err := os.Create(filepath.Join(t.TempDir(), role+".log"))
	if err != nil {
		t.Fatalf("create a file for the log of %s: %v", role, err)
	}
	t.Cleanup(func() { _ = f.Close() })
	p.logFile = f
	return p.run()
}

// output returns where the process writes its log.
func (p *Parley) output() io.Writer {
	if p.logFile != nil {
		return p.logFile
	}
	return p.Logs
}

// maxLog is how much of the end of a file with a log is read, in bytes.
const maxLog = 1 << 20

// log returns the log so far, or the end of it if it goes to a file.
func (p *Parley) log() string {
	if p.logFile == nil {
		return p.Logs.String()
	}
	info, err := p.logFile.Stat()
	if err != nil {
		return err.Error()
	}
	from := max(0, info.Size()-maxLog)
	raw, err := io.ReadAll(io.NewSectionReader(p.logFile, from, maxLog))
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
