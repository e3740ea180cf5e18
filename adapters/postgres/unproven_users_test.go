package postgres_test

import (
	"errors"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// The previous version stores a sign-up as an account that is not proven. It is no account yet,
// and the first login opens it with the name of the last sign-up.
func TestSignupsByThePreviousVersion(t *testing.T) {
	for signup, want := range map[string]string{"": "Eve", "Ada": "Ada"} {
		t.Run("and then as "+signup, func(t *testing.T) { testPreviousSignup(t, signup, want) })
	}
}

func testPreviousSignup(t *testing.T, signup, want string) {
	s := newSchema(t)
	users := postgres.Users{DB: s.open()}
	number, err := phone.Parse("+15550001000")
	s.noError(err)
	s.exec(`INSERT INTO users (id, number, name, created) VALUES ($1, $2, 'Eve', $3)`, s.newID(), number.String(), noon)
	if _, err := users.Find(t.Context(), number); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("finding a number that is not proven: error = %v, want user.ErrNotFound", err)
	}
	if signup != "" {
		s.noError(users.SignUp(t.Context(), user.Signup{ID: s.newID(), Number: number, Name: signup, Created: noon}))
	}
	for range 2 {
		u, err := users.AddProven(t.Context(), user.User{ID: s.newID(), Number: number, Created: noon, Proven: noon})
		s.noError(err)
		if u.Name != want || !u.Proven.Equal(noon) {
			t.Errorf("account after the first login = %+v, want it proven, with the name %s", u, want)
		}
	}
}
