package postgres_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

func state(code string) error {
	return &pgconn.PgError{Code: code, Message: "what it says", Detail: "a secret", ConstraintName: "rooms_name_check"}
}

func broken(call string, errno syscall.Errno) error {
	return fmt.Errorf("unable to read: %w", &net.OpError{Op: call, Net: "tcp", Err: os.NewSyscallError(call, errno)})
}

// away are the failures of a database that is away, and whether they are.
var away = map[string]struct {
	err  error
	away bool
}{
	"refused":                {broken("connect", syscall.ECONNREFUSED), true},
	"reset":                  {broken("read", syscall.ECONNRESET), true},
	"no such host":           {&net.DNSError{Err: "no such host", IsNotFound: true}, true},
	"slow to connect":        {broken("connect", syscall.ETIMEDOUT), true},
	"ended":                  {fmt.Errorf("receiving: %w", io.EOF), true},
	"cut":                    {io.ErrUnexpectedEOF, true},
	"closed":                 {net.ErrClosed, true},
	"closed before":          {pgconn.ErrConnClosed, true},
	"bad connection":         {driver.ErrBadConn, true},
	"connection failure":     {state("08006"), true},
	"no connection":          {state("08003"), true},
	"out of memory":          {state("53200"), true},
	"too many connections":   {state("53300"), true},
	"shuts down":             {fmt.Errorf("reading: %w", state("57P01")), true},
	"has crashed":            {state("57P02"), true},
	"starts":                 {state("57P03"), true},
	"gives the statement up": {state("57014"), true},
	"is a standby":           {state("25006"), true},

	"constraint":       {state("23514"), false},
	"syntax":           {state("42601"), false},
	"no such table":    {state("42P01"), false},
	"bad text":         {state("22021"), false},
	"deadlock":         {state("40P01"), false},
	"waits for a lock": {state("55P03"), false},
	"database dropped": {state("57P04"), false},
	"no row":           {sql.ErrNoRows, false},
	"a column more":    {errors.New("missing destination name x"), false},
	"closed by us":     {sql.ErrTxDone, false},
	"a refusal":        {user.ErrTaken, false},
}

func TestAway(t *testing.T) {
	for name, c := range away {
		t.Run(name, func(t *testing.T) {
			err := postgres.Told(t.Context(), time.Minute, func(context.Context) error { return c.err })
			if errors.Is(err, ports.ErrAway) != c.away || strings.Contains(err.Error(), "secret") {
				t.Errorf("told: %v", err)
			}
			if kind := fault.Of(err).Kind; c.away && kind != fault.Internal {
				t.Errorf("taken for a refusal of kind %d, after which nothing has been done", kind)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := postgres.Told(ctx, time.Minute, func(context.Context) error { return c.err }); errors.Is(err, ports.ErrAway) {
				t.Errorf("told one who has left: %v", err)
			}
		})
	}
}

// A statement whose own time is over met a database that does not answer; one whose caller's is says nothing of it.
func TestAwayWhenItsTimeIsOver(t *testing.T) {
	wait := func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("timeout: %w", ctx.Err()) }
	if err := postgres.Told(t.Context(), time.Millisecond, wait); !errors.Is(err, ports.ErrAway) {
		t.Errorf("its own: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := postgres.Told(ctx, time.Minute, wait); errors.Is(err, ports.ErrAway) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("its caller's: %v", err)
	}
}

func TestAwayWhereNothingListens(t *testing.T) {
	for what, at := range map[string]string{"refused": "127.0.0.1:1", "unknown": "nowhere.invalid"} {
		if _, err := postgres.Open(t.Context(), "postgres://parley@"+at+"/test?sslmode=disable"); !errors.Is(err, ports.ErrAway) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A server that turns a connection down says why, and that reads as all that it says.
func TestAwayWhenTurnedDown(t *testing.T) {
	at := server(t)
	at.Path = "/no_such_database"
	_, err := postgres.Open(t.Context(), at.String())
	if !errors.Is(err, ports.ErrAway) || !strings.HasSuffix(err.Error(), "(SQLSTATE 3D000)") {
		t.Errorf("opened: %v", err)
	}
}

// A statement is ended as by a server that shuts down.
func TestAwayInTheMiddleOfAStatement(t *testing.T) {
	a := newSchema(t).talk()
	release := a.hold(`SELECT FROM rooms FOR UPDATE`)
	defer release()
	renamed := begin(func() (any, error) { return a.Rooms.Rename(t.Context(), a.room.Owner, a.room.ID, "x") })
	a.blocked(1)
	a.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = current_schema() AND wait_event_type = 'Lock'`)
	if _, err := renamed(); !errors.Is(err, ports.ErrAway) {
		t.Errorf("renamed: %v", err)
	}
}
