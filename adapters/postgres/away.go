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

// serverAway are the SQLSTATEs, whole or the class, of a server that serves
// nobody for now (postgresql.org/docs/15/errcodes-appendix.html). None of them
// says that a statement is wrong.
var serverAway = []string{
	"08",    // the connection failed
	"25006", // it only reads, as one does whose place another has taken
	"53",    // it has too little memory or disk, or too many connections
	"57P01", // it shuts down
	"57P02", // it has crashed
	"57P03", // it starts
	"57014", // it gave the statement up after its statement_timeout
}

// connectionLost is what is left of a connection that the other side has ended.
var connectionLost = []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, pgconn.ErrConnClosed, driver.ErrBadConn}

// isAway says that err, of a caller who still waits, comes from a database that
// cannot be reached or serves nobody: not from what was asked of it.
func isAway(err error) bool {
	var connecting *pgconn.ConnectError
	var vendor *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &connecting):
		return true
	case errors.As(err, &vendor):
		return slices.ContainsFunc(serverAway, func(state string) bool { return strings.HasPrefix(vendor.Code, state) })
	case errors.As(err, &network):
		return true
	}
	return slices.ContainsFunc(connectionLost, func(lost error) bool { return errors.Is(err, lost) })
}
