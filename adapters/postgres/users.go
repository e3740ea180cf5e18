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

const (
	addUser = `
		INSERT INTO users (id, number, name, password, created, proven, pro_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`

	addProvenUser = `
		INSERT INTO users (id, number, name, password, created, proven, pro_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT ON CONSTRAINT users_number_key DO UPDATE SET proven = coalesce(users.proven, excluded.proven)
		RETURNING id, number, name, password, created, proven, pro_until`

	getUser = `SELECT id, number, name, password, created, proven, pro_until FROM users WHERE id = $1`

	findUser = `SELECT id, number, name, password, created, proven, pro_until FROM users WHERE number = $1`

	renameUser = `UPDATE users SET name = $2 WHERE id = $1`
)

// userRow is a row of the table users.
type userRow struct {
	ID       id.ID
	Number   string
	Name     string
	Password string
	Created  time.Time
	Proven   sql.NullTime
	ProUntil sql.NullTime `db:"pro_until"`
}

// account returns the user of the row. It fails when the stored number is invalid.
func (r userRow) account() (user.User, error) {
	number, err := phone.Parse(r.Number)
	if err != nil {
		return user.User{}, fmt.Errorf("parsing the number of user %s: %w", r.ID, err)
	}
	return user.User{
		ID:           r.ID,
		Number:       number,
		Name:         r.Name,
		PasswordHash: r.Password,
		Created:      r.Created,
		Proven:       r.Proven.Time,
		ProUntil:     r.ProUntil.Time,
	}, nil
}

// userArgs returns the arguments of addUser and addProvenUser.
func userArgs(u user.User) []any {
	return []any{u.ID, u.Number.String(), u.Name, u.PasswordHash, u.Created, nullTime(u.Proven), nullTime(u.ProUntil)}
}

// Add implements ports.Users. The constraint users_number_key makes it fail with
// user.ErrTaken (errors.go).
func (s Users) Add(ctx context.Context, u user.User) error {
	_, err := s.pool.ExecContext(ctx, addUser, userArgs(u)...)
	return wrap("adding a user", err)
}

// AddProven implements ports.Users. On a conflict it keeps the existing account and only
// marks it as proven, unless it already is.
func (s Users) AddProven(ctx context.Context, u user.User) (user.User, error) {
	return s.queryUser(ctx, "adding a proven user", addProvenUser, userArgs(u)...)
}

// Get implements ports.Users. It fails with user.ErrNotFound.
func (s Users) Get(ctx context.Context, userID id.ID) (user.User, error) {
	return s.queryUser(ctx, "reading a user", getUser, userID)
}

// Find implements ports.Users. It fails with user.ErrNotFound.
func (s Users) Find(ctx context.Context, number phone.Number) (user.User, error) {
	return s.queryUser(ctx, "finding a user", findUser, number.String())
}

// queryUser runs a query that returns a user. It fails with user.ErrNotFound when the query
// returns no row.
func (s Users) queryUser(ctx context.Context, operation, query string, args ...any) (user.User, error) {
	var row userRow
	if err := s.pool.GetContext(ctx, &row, query, args...); err != nil {
		return user.User{}, wrapNotFound(operation, err, user.ErrNotFound)
	}
	return row.account()
}

// Rename implements ports.Users. It fails with user.ErrNotFound.
func (s Users) Rename(ctx context.Context, userID id.ID, name string) error {
	return s.changeRow(ctx, "renaming a user", user.ErrNotFound, renameUser, userID, name)
}
