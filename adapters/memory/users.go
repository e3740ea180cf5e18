package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

func (s Users) Add(ctx context.Context, u user.User) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if _, taken := s.numbers[u.Number]; taken {
		return user.ErrTaken
	}
	s.add(u)
	return nil
}

func (s *Store) add(u user.User) *user.User {
	s.users[u.ID], s.numbers[u.Number] = &u, u.ID
	return &u
}

func (s Users) Open(ctx context.Context, u user.User) (user.User, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return user.User{}, err
	}
	defer unlock()
	known := s.users[s.numbers[u.Number]]
	if known == nil {
		known = s.add(u)
	}
	if !known.IsProven() {
		known.Proven = u.Proven
	}
	return *known, nil
}

func (s Users) Get(ctx context.Context, id id.ID) (user.User, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return user.User{}, err
	}
	defer unlock()
	return s.user(id)
}

func (s Users) Find(ctx context.Context, number phone.Number) (user.User, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return user.User{}, err
	}
	defer unlock()
	return s.user(s.numbers[number])
}

func (s *Store) user(id id.ID) (user.User, error) {
	if u := s.users[id]; u != nil {
		return *u, nil
	}
	return user.User{}, user.ErrNotFound
}

func (s Users) Rename(ctx context.Context, id id.ID, name string) error {
	return s.change(ctx, id, func(u *user.User) error { u.Name = name; return nil })
}

func (s Passwords) Set(ctx context.Context, id id.ID, hash string) error {
	return s.change(ctx, id, func(u *user.User) error { u.Password = hash; return nil })
}

func (s Passwords) Swap(ctx context.Context, id id.ID, old, hash string) error {
	return s.change(ctx, id, func(u *user.User) error {
		if u.Password != old {
			return user.ErrWrongPassword
		}
		u.Password = hash
		return nil
	})
}

func (s *Store) change(ctx context.Context, id id.ID, change func(*user.User) error) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	u := s.users[id]
	if u == nil {
		return user.ErrNotFound
	}
	return change(u)
}
