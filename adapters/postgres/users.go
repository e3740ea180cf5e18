package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// account is a row of users.
type account struct {
	ID       id.ID
	Number   string
	Name     string
	Password string
	Created  time.Time
	Proven   sql.NullTime
	ProUntil sql.NullTime `db:"pro_until"`
}

func (a account) user() (user.User, error) {
	number, err := phone.Parse(a.Number)
	if err != nil {
		return user.User{}, fmt.Errorf("reading the number of user %s: %w", a.ID, err)
	}
	return user.User{ID: a.ID, Number: number, Name: a.Name, Password: a.Password, Created: a.Created,
		Proven: a.Proven.Time, ProUntil: a.ProUntil.Time}, nil
}

const (
	addUser = `INSERT INTO users (id, number, name, password, created, proven, pro_until) VALUES ($1, $2, $3, $4, $5, $6, $7)`

	openUser = addUser + `
		ON CONFLICT ON CONSTRAINT users_number_key DO UPDATE SET proven = coalesce(users.proven, excluded.proven)
		RETURNING id, number, name, password, created, proven, pro_until`

	getUser = `SELECT id, number, name, password, created, proven, pro_until FROM users WHERE id = $1`

	findUser = `SELECT id, number, name, password, created, proven, pro_until FROM users WHERE number = $1`

	renameUser = `UPDATE users SET name = $2 WHERE id = $1`

	setPassword = `UPDATE users SET password = $2 WHERE id = $1`

	swapPassword = `
		WITH swapped AS (UPDATE users SET password = $3 WHERE id = $1 AND password = $2 RETURNING id)
		SELECT EXISTS (SELECT FROM swapped) FROM users WHERE id = $1`
)

// values are the arguments of addUser.
func values(u user.User) []any {
	return []any{u.ID, u.Number.String(), u.Name, u.Password, u.Created, instant(u.Proven), instant(u.ProUntil)}
}

func (s Users) Add(ctx context.Context, u user.User) error {
	_, err := s.sql.ExecContext(ctx, addUser, values(u)...)
	return failed("adding a user", err)
}

func (s Users) Open(ctx context.Context, u user.User) (user.User, error) {
	return s.user(ctx, "opening an account", openUser, values(u)...)
}

func (s Users) Get(ctx context.Context, id id.ID) (user.User, error) {
	return s.user(ctx, "reading a user", getUser, id)
}

func (s Users) Find(ctx context.Context, number phone.Number) (user.User, error) {
	return s.user(ctx, "finding a user", findUser, number.String())
}

func (db *DB) user(ctx context.Context, doing, query string, args ...any) (user.User, error) {
	var a account
	if err := db.sql.GetContext(ctx, &a, query, args...); err != nil {
		return user.User{}, missed(doing, err, user.ErrNotFound)
	}
	return a.user()
}

func (s Users) Rename(ctx context.Context, id id.ID, name string) error {
	return s.change(ctx, "renaming a user", user.ErrNotFound, renameUser, id, name)
}

func (s Passwords) Set(ctx context.Context, id id.ID, hash string) error {
	return s.change(ctx, "setting a password", user.ErrNotFound, setPassword, id, hash)
}

// change fails with none when the statement changes nothing.
func (db *DB) change(ctx context.Context, doing string, none error, query string, args ...any) error {
	result, err := db.sql.ExecContext(ctx, query, args...)
	if err != nil {
		return failed(doing, err)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return failed(doing, err)
	}
	return failed(doing, none)
}

func (s Passwords) Swap(ctx context.Context, id id.ID, old, hash string) error {
	var swapped bool
	err := s.sql.GetContext(ctx, &swapped, swapPassword, id, old, hash)
	if err == nil && !swapped {
		err = user.ErrWrongPassword
	}
	return missed("swapping a password", err, user.ErrNotFound)
}
