package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// challenge is a row of codes less its key.
type challenge struct {
	Nonce, MAC []byte
	Expires    time.Time
	Attempts   int
	Used       bool
}

func (c challenge) of(p otp.Purpose, n phone.Number) otp.Challenge {
	return otp.Challenge{Purpose: p, Number: n, Nonce: [16]byte(c.Nonce), MAC: otp.MAC(c.MAC), Expires: c.Expires, Attempts: c.Attempts, Used: c.Used}
}

const (
	// An update that changes nothing locks the row that is there and returns it as it is now.
	issueCode = `
		INSERT INTO codes (purpose, number, nonce, mac, expires, attempts, used) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT ON CONSTRAINT codes_pkey DO UPDATE SET used = codes.used
		RETURNING nonce, mac, expires, attempts, used`

	replaceCode = `UPDATE codes SET nonce = $3, mac = $4, expires = $5, attempts = $6, used = $7 WHERE purpose = $1 AND number = $2`

	lockGuesses = `
		INSERT INTO guesses (number) VALUES ($1)
		ON CONFLICT ON CONSTRAINT guesses_pkey DO UPDATE SET wrong = guesses.wrong
		RETURNING wrong, last, until`

	saveGuesses = `UPDATE guesses SET wrong = $2, last = $3, until = $4 WHERE number = $1`

	lockCode = `SELECT nonce, mac, expires, attempts, used FROM codes WHERE purpose = $1 AND number = $2 FOR UPDATE`

	saveTry = `UPDATE codes SET attempts = $3, used = $4 WHERE purpose = $1 AND number = $2`

	voidCode = `DELETE FROM codes WHERE purpose = $1 AND number = $2`
)

func (s Codes) Issue(ctx context.Context, fresh otp.Challenge, now time.Time) (lives otp.Challenge, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		args := []any{fresh.Purpose, fresh.Number.String(), fresh.Nonce[:], fresh.MAC[:], fresh.Expires, fresh.Attempts, fresh.Used}
		var kept challenge
		if err := tx.GetContext(ctx, &kept, issueCode, args...); err != nil {
			return err
		}
		if lives = kept.of(fresh.Purpose, fresh.Number); lives.Lives(now) {
			return nil
		}
		lives = fresh
		_, err := tx.ExecContext(ctx, replaceCode, args...)
		return err
	})
	return lives, failed("issuing a code", err)
}

// Try holds the number's guesses locked meanwhile, so that tries go one after
// another; what they come to is decided by the rules of package otp.
func (s Codes) Try(ctx context.Context, p otp.Purpose, n phone.Number, macs otp.MACs, now time.Time) error {
	var verdict error
	err := s.transact(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		g, err := guesses(ctx, tx, n)
		if err != nil {
			return err
		}
		c, err := locked(ctx, tx, p, n)
		if err != nil {
			return err
		}
		before := g
		if g, verdict = otp.Try(c, g, macs, now); c != nil {
			if _, err := tx.ExecContext(ctx, saveTry, p, n.String(), c.Attempts, c.Used); err != nil {
				return err
			}
		}
		if g == before {
			return nil
		}
		_, err = tx.ExecContext(ctx, saveGuesses, n.String(), g.Wrong, instant(g.Last), instant(g.Until))
		return err
	})
	if err == nil {
		err = verdict
	}
	return failed("trying a code", err)
}

func guesses(ctx context.Context, tx *sqlx.Tx, n phone.Number) (otp.Guesses, error) {
	var kept struct {
		Wrong       int
		Last, Until sql.NullTime
	}
	err := tx.GetContext(ctx, &kept, lockGuesses, n.String())
	return otp.Guesses{Wrong: kept.Wrong, Last: kept.Last.Time, Until: kept.Until.Time}, err
}

// locked is the challenge, nil for none, which nobody else changes meanwhile.
func locked(ctx context.Context, tx *sqlx.Tx, p otp.Purpose, n phone.Number) (*otp.Challenge, error) {
	var kept challenge
	if err := tx.GetContext(ctx, &kept, lockCode, p, n.String()); errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	c := kept.of(p, n)
	return &c, nil
}

func (s Codes) Void(ctx context.Context, p otp.Purpose, n phone.Number) error {
	_, err := s.sql.ExecContext(ctx, voidCode, p, n.String())
	return failed("voiding a code", err)
}

// transact runs f in a transaction that it commits unless f fails. All of it has the time of one statement.
func (db *DB) transact(ctx context.Context, f func(ctx context.Context, tx *sqlx.Tx) error) error {
	return db.sql.in(ctx, func(ctx context.Context) error {
		tx, err := db.sql.BeginTxx(ctx, nil)
		if err != nil {
			return err
		}
		if err := f(ctx, tx); err != nil {
			_ = tx.Rollback() // the database does so itself when it cannot be told
			return err
		}
		return tx.Commit()
	})
}
