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

// Postgres is a server with a data folder of its own.
type Postgres struct {
	testing.TB
	Port     int
	bin, dir string
	settings []string
	as       *syscall.Credential
	cmd      *exec.Cmd
	log      bytes.Buffer
}

// NewPostgres starts a server with settings such as "synchronous_commit=on".
func NewPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	p := &Postgres{TB: t, Port: Port(t), bin: programs(t), settings: settings}
	p.home()
	initdb := exec.Command(filepath.Join(p.bin, "initdb"), "-D", p.dir+"/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = p.dir, &syscall.SysProcAttr{Credential: p.as}
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

// programs is where the newest server's are.
func programs(t testing.TB) string {
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

// home is a folder that the server's user owns: the server does not run as root.
func (p *Postgres) home() {
	p.Helper()
	dir, err := os.MkdirTemp("", "parley-postgres-")
	if err != nil {
		p.Fatal(err)
	}
	if p.dir = dir; os.Getuid() != 0 {
		return
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		p.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		p.Fatal(err)
	}
}

// Start returns when the server answers. What it had committed is there again.
func (p *Postgres) Start() {
	p.Helper()
	args := []string{"-D", p.dir + "/data", "-p", strconv.Itoa(p.Port), "-k", p.dir, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"}
	for _, s := range p.settings {
		args = append(args, "-c", s)
	}
	p.cmd = exec.Command(filepath.Join(p.bin, "postgres"), args...)
	p.cmd.Dir, p.cmd.Stderr, p.cmd.Stdout = p.dir, &p.log, &p.log
	mortal(p.cmd, p.as)
	p.cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // its own children must end, too
	if err := spawn(p.cmd); err != nil {
		p.Fatal(err)
	}
	Eventually(p, 30*time.Second, "Postgres answers", func() bool {
		conn, err := pgx.Connect(context.Background(), p.URL("postgres"))
		if err != nil {
			return false
		}
		return conn.Close(context.Background()) == nil
	})
}

// Crash ends the server at once, as a crash would (postgresql.org/docs/15, "Shutting Down the Server": immediate).
func (p *Postgres) Crash() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	_ = p.cmd.Wait()
	p.cmd = nil
}

// URL is a database's.
func (p *Postgres) URL(database string) string { return Database(p.Port, database) }

// Database is the URL of one behind a port.
func Database(port int, database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", Loopback(port), database)
}

// Make makes an empty database and returns its name.
func (p *Postgres) Make(name string) string {
	p.Helper()
	p.Exec("postgres", "CREATE DATABASE "+name)
	return name
}

// Exec runs a statement in a database.
func (p *Postgres) Exec(database, statement string, args ...any) {
	p.Helper()
	conn := p.connect(database)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), statement, args...); err != nil {
		p.Fatalf("%s: %v", statement, err)
	}
}

// Count is the number that a query gives.
func (p *Postgres) Count(database, query string, args ...any) (n int) {
	p.Helper()
	conn := p.connect(database)
	defer conn.Close(context.Background())
	return p.count(conn, query, args...)
}

// Counter returns a Count over one connection, which costs the server little. It is for one goroutine.
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
		p.Fatalf("%s: %v", query, err)
	}
	return n
}

func (p *Postgres) connect(database string) *pgx.Conn {
	p.Helper()
	conn, err := pgx.Connect(context.Background(), p.URL(database))
	if err != nil {
		p.Fatalf("connecting to Postgres: %v", err)
	}
	return conn
}
