package postgres

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// unavailableStates are prefixes of the SQLSTATEs of a server that cannot do the
// work at the moment (postgresql.org/docs/15/errcodes-appendix.html). None of these
// SQLSTATEs means that a statement is wrong.
var unavailableStates = []string{
	"08",    // connection failure
	"25006", // read-only transaction: the server has become a standby
	"53",    // out of memory, disk space or connections
	"57P01", // shutting down
	"57P02", // crashed
	"57P03", // starting
	"57014", // statement cancelled after statement_timeout
	lockNotAvailable,
}

// lockNotAvailable is the SQLSTATE of a statement that waited for a lock until lock_timeout.
const lockNotAvailable = "55P03"

// connectionErrors are the errors of a connection that the other side has closed.
var connectionErrors = []error{
	io.EOF,
	io.ErrUnexpectedEOF,
	net.ErrClosed,
	pgconn.ErrConnClosed,
	driver.ErrBadConn,
}

// isUnavailable reports whether err means that the database cannot be reached or does
// not accept work. It returns false when the database has rejected the statement. It
// must not be called when the caller's ctx is done, because that causes the same errors.
func isUnavailable(err error) bool {
	var connectError *pgconn.ConnectError
	var serverError *pgconn.PgError
	var networkError net.Error
	switch {
	case errors.As(err, &connectError):
		return true
	case errors.As(err, &serverError):
		return slices.ContainsFunc(unavailableStates, func(state string) bool {
			return strings.HasPrefix(serverError.Code, state)
		})
	case errors.As(err, &networkError):
		return true
	}
	return slices.ContainsFunc(connectionErrors, func(target error) bool { return errors.Is(err, target) })
}
