//go:build linux

package rig

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a Postgres server with its own data directory.
type Postgres struct {
	testing.TB
	Port     int
	bin, dir string
	settings []string
	user     *syscall.Credential
	cmd      *exec.Cmd
	log      bytes.Buffer
}

// NewPostgres starts a server with settings such as "synchronous_commit=on".
func NewPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	p := &Postgres{TB: t, Port: Port(t), bin: binDir(t), settings: settings}
	p.createDir()
	initdb := exec.Command(filepath.Join(p.bin, "initdb"),
		"-D", p.dir+"/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
	initdb.Dir = p.dir
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: p.user}
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		p.Crash()
		_ = os.RemoveAll(p.dir)
	})
	p.Start()
	return p
}

// binDir returns the directory with the programs of the newest installed Postgres.
func binDir(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian's
	if len(found) == 0 {
		Need(t, "initdb", "postgres")
		at, _ := exec.LookPath("initdb")
		return filepath.Dir(at)
	}
	sort.Strings(found)
	return filepath.Dir(found[len(found)-1])
}

// createDir creates a directory for the data. As root, it chooses the user postgres as
// its owner, because Postgres does not run as root.
func (p *Postgres) createDir() {
	p.Helper()
	dir, err := os.MkdirTemp("", "parley-postgres-")
	if err != nil {
		p.Fatalf("create a directory for Postgres: %v", err)
	}
	p.dir = dir
	if os.Getuid() != 0 {
		return
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		p.Fatalf("look up the user postgres: %v", err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	p.user = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		p.Fatalf("change the owner of %s: %v", dir, err)
	}
}

// Start starts the server on its existing data and returns when it accepts connections.
func (p *Postgres) Start() {
	p.Helper()
	args := []string{
		"-D", p.dir + "/data",
		"-p", strconv.Itoa(p.Port),
		"-k", p.dir,
		"-c", "listen_addresses=127.0.0.1",
		"-c", "max_connections=200",
	}
	for _, s := range p.settings {
		args = append(args, "-c", s)
	}
	p.cmd = exec.Command(filepath.Join(p.bin, "postgres"), args...)
	p.cmd.Dir = p.dir
	p.cmd.Stdout = &p.log
	p.cmd.Stderr = &p.log
	endWithTest(p.cmd, p.user)
	p.cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // so that its child processes end, too
	if err := spawn(p.cmd); err != nil {
		p.Fatalf("start Postgres: %v", err)
	}
	Eventually(p, 30*time.Second, "Postgres accepts connections", func() bool {
		conn, err := pgx.Connect(context.Background(), p.URL("postgres"))
		if err != nil {
			return false
		}
		return conn.Close(context.Background()) == nil
	})
}

// Crash stops the server without a checkpoint, as a crash does (postgresql.org/docs/15,
// "Shutting Down the Server", immediate).
func (p *Postgres) Crash() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	_ = p.cmd.Wait()
	p.cmd = nil
}

// PID returns the id of the server's main process, which is the parent of its other processes.
func (p *Postgres) PID() int { return p.cmd.Process.Pid }

// URL returns the URL of a database.
func (p *Postgres) URL(database string) string { return Database(p.Port, database) }

// Database returns the URL of a database on a port.
func Database(port int, database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", Loopback(port), database)
}

// CreateDatabase creates an empty database and returns its name.
func (p *Postgres) CreateDatabase(name string) string {
	p.Helper()
	p.Exec("postgres", "CREATE DATABASE "+name)
	return name
}

// Exec executes a statement in a database.
func (p *Postgres) Exec(database, statement string, args ...any) {
	p.Helper()
	conn := p.connect(database)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statement, args...); err != nil {
		p.Fatalf("execute %s: %v", statement, err)
	}
}

// Count returns the number that a query returns.
func (p *Postgres) Count(database, query string, args ...any) (n int) {
	p.Helper()
	conn := p.connect(database)
	defer conn.Close(context.Background())
	return p.count(conn, query, args...)
}

// Counter returns a function like Count that always uses the same connection, which costs
// the server less. It must not be called concurrently.
func (p *Postgres) Counter(database, query string) func() int {
	p.Helper()
	conn := p.connect(database)
	p.Cleanup(func() { conn.Close(context.Background()) })
	return func() int {
		p.Helper()
		return p.count(conn, query)
	}
}

func (p *Postgres) count(conn *pgx.Conn, query string, args ...any) (n int) {
	p.Helper()
	if err := conn.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		p.Fatalf("query %s: %v", query, err)
	}
	return n
}

func (p *Postgres) connect(database string) *pgx.Conn {
	p.Helper()
	conn, err := pgx.Connect(context.Background(), p.URL(database))
	if err != nil {
		p.Fatalf("connect to Postgres: %v", err)
	}
	return conn
}
