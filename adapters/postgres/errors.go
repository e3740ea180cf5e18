package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

var (
	// errKeyTaken means that another request with the same idempotency key was accepted
	// while this one was waiting.
	errKeyTaken    = errors.New("another request with this idempotency key was accepted")
	errLockTimeout = errors.New("timeout while waiting for a lock")
	errRoomBusy    = errors.New("another reply of the room is running")
)

// isBusy reports whether err means that other statements have held a lock, or all connections, for
// too long.
func isBusy(err error) bool { return errors.Is(err, errLockTimeout) || errors.Is(err, errCrowded) }

// constraintErrors maps the name of a violated constraint to its meaning.
var constraintErrors = map[string]error{
	"sessions_user_fkey":      user.ErrNotFound,
	"devices_user_fkey":       user.ErrNotFound,
	"rooms_owner_fkey":        user.ErrNotFound,
	"sent_user_fkey":          user.ErrNotFound,
	"turns_owner_fkey":        user.ErrNotFound,
	"subscriptions_user_fkey": user.ErrNotFound,
	"codes_user_fkey":         user.ErrNotFound,
	"users_number_key":        user.ErrNumberTaken,
	"keys_pkey":               errKeyTaken,
	"messages_one_running":    errRoomBusy,
}

// translate replaces an error of the server with one that callers may see: the
// meaning of a violated constraint, errLockTimeout, or the server's message with its
// SQLSTATE. It drops the details, because they contain the rejected values. It keeps
// an ErrUnavailable that pool.withTimeout has added. It returns any other error unchanged.
func translate(err error) error {
	var serverError *pgconn.PgError
	if !errors.As(err, &serverError) {
		return err
	}
	if meaning, known := constraintErrors[serverError.ConstraintName]; known {
		return meaning
	}
	meaning := fmt.Errorf("%s (SQLSTATE %s)", serverError.Message, serverError.Code)
	if serverError.Code == lockNotAvailable {
		meaning = errLockTimeout
	}
	if errors.Is(err, ports.ErrUnavailable) {
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, meaning)
	}
	return meaning
}
