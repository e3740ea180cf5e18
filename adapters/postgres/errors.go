package postgres

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

var (
	errKeyTaken = errors.New("another request under the key has been accepted")
	errLocked   = errors.New("waited too long for a lock")
)

// refusals are what breaking a constraint means.
var refusals = map[string]error{
	"users_number_key":        user.ErrTaken,
	"sessions_user_fkey":      user.ErrNotFound,
	"rooms_owner_fkey":        user.ErrNotFound,
	"sent_user_fkey":          user.ErrNotFound,
	"subscriptions_user_fkey": user.ErrNotFound,
	"keys_pkey":               errKeyTaken,
}

// lockNotAvailable is the SQLSTATE of a lock timeout (postgresql.org/docs/15/errcodes-appendix.html).
const lockNotAvailable = "55P03"

// failed says what was being done when the database refused, in words of our
// own: its error's type stays here, and so do the values that its details show.
// ports.ErrAway is kept (bounded.in).
func failed(doing string, err error) error {
	var vendor *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &vendor):
		return fmt.Errorf("%s: %w", doing, err)
	case refusals[vendor.ConstraintName] != nil:
		return fmt.Errorf("%s: %w", doing, refusals[vendor.ConstraintName])
	case vendor.Code == lockNotAvailable:
		return fmt.Errorf("%s: %w", doing, errLocked)
	case errors.Is(err, ports.ErrAway):
		return fmt.Errorf("%s: %w: %s (SQLSTATE %s)", doing, ports.ErrAway, vendor.Message, vendor.Code)
	}
	return fmt.Errorf("%s: %s (SQLSTATE %s)", doing, vendor.Message, vendor.Code)
}

// missed is failed where no row means a refusal.
func missed(doing string, err, none error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = none
	}
	return failed(doing, err)
}

// instant is a time as a column keeps it, which holds nothing for the zero time.
func instant(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }
