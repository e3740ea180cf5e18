package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// SignUp implements ports.Users. It keeps only the last sign-up of a number.
func (s Users) SignUp(ctx context.Context, signup user.Signup) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.signups[signup.Number] = signup
	return nil
}

// AddProven implements ports.Users.
func (s Users) AddProven(ctx context.Context, u user.User) (user.User, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return user.User{}, err
	}
	defer unlock()
	if known := s.users[s.userIDByNumber[u.Number]]; known != nil {
		return *known, nil
	}
	signup := s.signups[u.Number]
	if u.Name == "" && u.Created.Sub(signup.Created) < user.SignupTTL {
		u.Name = signup.Name
	}
	s.users[u.ID] = &u
	s.userIDByNumber[u.Number] = u.ID
	return u, nil
}

// Get implements ports.Users.
func (s Users) Get(ctx context.Context, userID id.ID) (user.User, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return user.User{}, err
	}
	defer unlock()
	return s.user(userID)
}

// Find implements ports.Users.
func (s Users) Find(ctx context.Context, number phone.Number) (user.User, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return user.User{}, err
	}
	defer unlock()
	return s.user(s.userIDByNumber[number])
}

// user returns an account. It fails with user.ErrNotFound. The caller holds the lock.
func (s *Store) user(userID id.ID) (user.User, error) {
	if u := s.users[userID]; u != nil {
		return *u, nil
	}
	return user.User{}, user.ErrNotFound
}

// Rename implements ports.Users.
func (s Users) Rename(ctx context.Context, userID id.ID, name string) error {
	return s.change(ctx, userID, func(u *user.User) error { u.Name = name; return nil })
}

// change calls change with a stored account, under the lock. It fails with user.ErrNotFound or
// the error of change.
func (s *Store) change(ctx context.Context, userID id.ID, change func(*user.User) error) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	u := s.users[userID]
	if u == nil {
		return user.ErrNotFound
	}
	return change(u)
}
