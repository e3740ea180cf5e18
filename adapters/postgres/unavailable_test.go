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
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

func serverError(code string) error {
	return &pgconn.PgError{
		Code:           code,
		Message:        "the message",
		Detail:         "a secret",
		ConstraintName: "rooms_name_check",
	}
}

func networkError(call string, errno syscall.Errno) error {
	return fmt.Errorf("unable to read: %w", &net.OpError{Op: call, Net: "tcp", Err: os.NewSyscallError(call, errno)})
}

var unavailableErrors = map[string]error{
	"lock timeout":          serverError("55P03"),
	"connection refused":    networkError("connect", syscall.ECONNREFUSED),
	"connection reset":      networkError("read", syscall.ECONNRESET),
	"connect timeout":       networkError("connect", syscall.ETIMEDOUT),
	"unknown host":          &net.DNSError{Err: "no such host", IsNotFound: true},
	"end of stream":         fmt.Errorf("receiving: %w", io.EOF),
	"unexpected end":        io.ErrUnexpectedEOF,
	"closed connection":     net.ErrClosed,
	"closed by the driver":  pgconn.ErrConnClosed,
	"bad connection":        driver.ErrBadConn,
	"connection failure":    serverError("08006"),
	"no connection":         serverError("08003"),
	"out of memory":         serverError("53200"),
	"too many connections":  serverError("53300"),
	"shutting down":         fmt.Errorf("reading: %w", serverError("57P01")),
	"server crash":          serverError("57P02"),
	"starting":              serverError("57P03"),
	"statement timeout":     serverError("57014"),
	"read-only transaction": serverError("25006"),
}

var otherErrors = map[string]error{
	"constraint violation": serverError("23514"),
	"syntax error":         serverError("42601"),
	"undefined table":      serverError("42P01"),
	"invalid text":         serverError("22021"),
	"deadlock":             serverError("40P01"),
	"database dropped":     serverError("57P04"),
	"no rows":              sql.ErrNoRows,
	"unknown column":       errors.New("missing destination name x"),
	"transaction done":     sql.ErrTxDone,
	"domain error":         user.ErrNotFound,
}

func TestUnavailableErrors(t *testing.T) {
	for name, cause := range unavailableErrors {
		t.Run(name, func(t *testing.T) {
			err := failWith(t.Context(), cause)
			if !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("error = %v, want ports.ErrUnavailable", err)
			}
			if kind := fault.Of(err).Kind; kind != fault.Internal {
				t.Errorf("fault kind = %d, want Internal, because the statement may have succeeded", kind)
			}
			hidesDetail(t, err)
			cancelledCaller(t, cause)
		})
	}
}

func TestOtherErrorsAreNotUnavailable(t *testing.T) {
	for name, cause := range otherErrors {
		t.Run(name, func(t *testing.T) {
			err := failWith(t.Context(), cause)
			if errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("error = %v, want another one than ports.ErrUnavailable", err)
			}
			hidesDetail(t, err)
			cancelledCaller(t, cause)
		})
	}
}

// failWith returns the error of a statement that fails with cause.
func failWith(ctx context.Context, cause error) error {
	return postgres.LimitAndWrap(ctx, time.Minute, func(context.Context) error { return cause })
}

func hidesDetail(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error contains the detail of the server: %v", err)
	}
}

// cancelledCaller checks that a caller who has cancelled the statement does not get ports.ErrUnavailable.
func cancelledCaller(t *testing.T, cause error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := failWith(ctx, cause); errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("error after a cancel by the caller = %v, want another one than ports.ErrUnavailable", err)
	}
}

func TestTimeoutOfThePoolMeansUnavailable(t *testing.T) {
	wait := func(ctx context.Context) error {
		<-ctx.Done()
		return fmt.Errorf("timeout: %w", ctx.Err())
	}
	if err := postgres.LimitAndWrap(t.Context(), time.Millisecond, wait); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("error after the timeout of the pool = %v, want ports.ErrUnavailable", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err := postgres.LimitAndWrap(ctx, time.Minute, wait)
	if errors.Is(err, ports.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error after the deadline of the caller = %v, want only context.DeadlineExceeded", err)
	}
}

func TestOpenWithoutAServer(t *testing.T) {
	for name, address := range map[string]string{
		"connection refused": "127.0.0.1:1",
		"unknown host":       "nowhere.invalid",
	} {
		_, err := postgres.Open(t.Context(), "postgres://parley@"+address+"/test?sslmode=disable")
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("%s: Open error = %v, want ports.ErrUnavailable", name, err)
		}
	}
}

// The error must end with the reason of the server and contain nothing after it.
func TestOpenOfAnUnknownDatabase(t *testing.T) {
	server := serverURL(t)
	server.Path = "/no_such_database"
	_, err := postgres.Open(t.Context(), server.String())
	if !errors.Is(err, ports.ErrUnavailable) || !strings.HasSuffix(err.Error(), "(SQLSTATE 3D000)") {
		t.Errorf("Open error = %v, want ports.ErrUnavailable with SQLSTATE 3D000 at the end", err)
	}
}

// pg_terminate_backend ends a statement like a server that shuts down.
func TestServerShutsDownDuringAStatement(t *testing.T) {
	f := newFixture(t)
	release := f.holdLocks(`SELECT FROM rooms FOR UPDATE`)
	defer release()
	update := start(func() (any, error) {
		return f.Rooms.Update(t.Context(), f.room.Owner, f.room.ID, chat.RoomUpdate{Name: new("x")})
	})
	f.waitForBlocked(1)
	f.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = current_schema() AND wait_event_type = 'Lock'`)
	if _, err := update(); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("Update error = %v, want ports.ErrUnavailable", err)
	}
}
