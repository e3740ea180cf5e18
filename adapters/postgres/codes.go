package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

const (
	// issueCode inserts a challenge. If one exists already, issueCode locks and returns
	// the existing one: an update that changes nothing locks the row and returns its
	// latest version.
	issueCode = `
		INSERT INTO codes (purpose, number, nonce, mac, expires, attempts, used, user_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, '')::uuid)
		ON CONFLICT ON CONSTRAINT codes_pkey DO UPDATE SET used = codes.used
		RETURNING nonce, mac, expires, attempts, used`

	replaceCode = `
		UPDATE codes SET nonce = $3, mac = $4, expires = $5, attempts = $6, used = $7
		WHERE purpose = $1 AND number = $2`

	// lockGuesses locks and returns the guesses of a number in the same way. It inserts
	// a row without guesses if none exists.
	lockGuesses = `
		INSERT INTO guesses (number) VALUES ($1)
		ON CONFLICT ON CONSTRAINT guesses_pkey DO UPDATE SET wrong = guesses.wrong
		RETURNING wrong, last, networks`

	saveGuesses = `UPDATE guesses SET wrong = $2, last = $3, networks = $4 WHERE number = $1`

	findCode = `SELECT nonce, mac, expires, attempts, used FROM codes WHERE purpose = $1 AND number = $2`

	lockCode = `
		SELECT nonce, mac, expires, attempts, used FROM codes
		WHERE purpose = $1 AND number = $2 FOR UPDATE`

	saveAttempt = `UPDATE codes SET attempts = $3, used = $4 WHERE purpose = $1 AND number = $2`

	// voidCodes also deletes the codes of known devices; see purposeOf.
	voidCodes = `DELETE FROM codes WHERE split_part(purpose, ':', 1) = $1 AND number = $2`
)

// codeRow is a row of the table codes without its primary key.
type codeRow struct {
	Nonce    []byte
	MAC      []byte
	Expires  time.Time
	Attempts int
	Used     bool
}

func (r codeRow) challenge(s otp.Slot) otp.Challenge {
	return otp.Challenge{
		Slot:     s,
		Nonce:    [16]byte(r.Nonce),
		MAC:      otp.MAC(r.MAC),
		Expires:  r.Expires,
		Attempts: r.Attempts,
		Used:     r.Used,
	}
}

// purposeOf returns the purpose of a slot as it is stored: followed by ":" and the id of the
// device or of the user, if there is one. The previous version of the program does not know such purposes,
// and so it does not change the codes of devices.
func purposeOf(s otp.Slot) string {
	if owner := cmp.Or(string(s.Device), string(s.User)); owner != "" {
		return string(s.Purpose) + ":" + owner
	}
	return string(s.Purpose)
}

// Find implements ports.Codes.
func (s Codes) Find(ctx context.Context, slot otp.Slot) (otp.Challenge, error) {
	var row codeRow
	err := s.pool.GetContext(ctx, &row, findCode, purposeOf(slot), slot.Number.String())
	if errors.Is(err, sql.ErrNoRows) {
		return otp.Challenge{}, nil
	}
	if err != nil {
		return otp.Challenge{}, wrap("finding a code", err)
	}
	return row.challenge(slot), nil
}

// Issue implements ports.Codes. It replaces a stored challenge that is not active any more.
func (s Codes) Issue(ctx context.Context, fresh otp.Challenge, now time.Time) (active otp.Challenge, err error) {
	args := []any{
		purposeOf(fresh.Slot), fresh.Number.String(), fresh.Nonce[:], fresh.MAC[:],
		fresh.Expires, fresh.Attempts, fresh.Used,
	}
	err = s.pool.transaction(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		var row codeRow
		if err := tx.GetContext(ctx, &row, issueCode, append(args, string(fresh.User))...); err != nil {
			return err
		}
		active = row.challenge(fresh.Slot)
		if active.Active(now) {
			return nil
		}
		active = fresh
		_, err := tx.ExecContext(ctx, replaceCode, args...)
		return err
	})
	return active, wrap("issuing a code", err)
}

// Try implements ports.Codes. The lock on the number's guesses serializes the tries of
// the number. Try commits the transaction even if the code is wrong, to count the attempt.
func (s Codes) Try(ctx context.Context, a otp.Attempt, now time.Time) (tried otp.Tried, err error) {
	var result error
	err = s.pool.transaction(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		before, err := readGuesses(ctx, tx, a.Number)
		if err != nil {
			return err
		}
		challenge, err := readChallenge(ctx, tx, a.Slot)
		if err != nil {
			return err
		}
		var after otp.Guesses
		after, tried, result = otp.Try(challenge, before, a, now)
		if challenge != nil {
			_, err = tx.ExecContext(ctx, saveAttempt,
				purposeOf(a.Slot), a.Number.String(), challenge.Attempts, challenge.Used)
		}
		if err == nil && after != before {
			_, err = tx.ExecContext(ctx, saveGuesses,
				a.Number.String(), after.Wrong, nullTime(after.LastWrong), []byte(after.Networks))
		}
		return err
	})
	if err != nil {
		return otp.Tried{}, wrap("trying a code", err)
	}
	return tried, wrap("trying a code", result)
}

// readGuesses locks and returns the guesses of a number.
func readGuesses(ctx context.Context, tx *sqlx.Tx, n phone.Number) (otp.Guesses, error) {
	var row struct {
		Wrong    int
		Last     sql.NullTime
		Networks []byte
	}
	err := tx.GetContext(ctx, &row, lockGuesses, n.String())
	return otp.Guesses{Wrong: row.Wrong, LastWrong: row.Last.Time, Networks: otp.Networks(row.Networks)}, err
}

// readChallenge locks and returns the challenge of a slot. It returns nil if none exists.
func readChallenge(ctx context.Context, tx *sqlx.Tx, s otp.Slot) (*otp.Challenge, error) {
	var row codeRow
	err := tx.GetContext(ctx, &row, lockCode, purposeOf(s), s.Number.String())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	challenge := row.challenge(s)
	return &challenge, nil
}

// Void implements ports.Codes.
func (s Codes) Void(ctx context.Context, p otp.Purpose, n phone.Number) error {
	_, err := s.pool.ExecContext(ctx, voidCodes, p, n.String())
	return wrap("voiding a code", err)
}
