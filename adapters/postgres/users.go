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
	signUp = `INSERT INTO signups (id, number, name, created) VALUES ($1, $2, $3, $4)`

	findUser = `
		SELECT id, number, name, password, created, proven, pro_until FROM users
		WHERE number = $1 AND proven IS NOT NULL`

	getUser = `SELECT id, number, name, password, created, proven, pro_until FROM users WHERE id = $1`

	renameUser = `UPDATE users SET name = $2 WHERE id = $1`
)

var addUser = load[addUserParams]("add_user.sql")

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

// SignUp implements ports.Users. It always inserts a row, because a change of an existing row
// takes another time.
func (s Users) SignUp(ctx context.Context, signup user.Signup) error {
	_, err := s.pool.ExecContext(ctx, signUp, signup.ID, signup.Number.String(), signup.Name, signup.Created)
	return wrap("signing up", err)
}

// addUserParams are the parameters of add_user.sql.
type addUserParams struct {
	ID          id.ID        `db:"id"`
	Number      string       `db:"number"`
	Name        string       `db:"name"`
	Password    string       `db:"password"`
	Created     time.Time    `db:"created"`
	Proven      sql.NullTime `db:"proven"`
	ProUntil    sql.NullTime `db:"pro_until"`
	SignupAfter time.Time    `db:"signup_after"`
}

// AddProven implements ports.Users.
func (s Users) AddProven(ctx context.Context, u user.User) (user.User, error) {
	var row userRow
	err := addUser.get(ctx, s.pool, &row, addUserParams{
		ID:          u.ID,
		Number:      u.Number.String(),
		Name:        u.Name,
		Password:    u.PasswordHash,
		Created:     u.Created,
		Proven:      nullTime(u.Proven),
		ProUntil:    nullTime(u.ProUntil),
		SignupAfter: u.Created.Add(-user.SignupTTL),
	})
	if err != nil {
		return user.User{}, wrap("adding a user", err)
	}
	return row.account()
}

// Get implements ports.Users. It fails with user.ErrNotFound.
func (s Users) Get(ctx context.Context, userID id.ID) (user.User, error) {
	return s.queryUser(ctx, "reading a user", getUser, userID)
}

// Find implements ports.Users. It fails with user.ErrNotFound. The previous version of the
// program stores sign-ups as accounts that are not proven.
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
	err := changeRow(ctx, s.pool, renameUser, userID, name)
	return wrapNotFound("renaming a user", err, user.ErrNotFound)
}
