package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
)

// List implements ports.Erasures.
func (s Erasures) List(ctx context.Context) (list []user.Erasure, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for userID, at := range s.erasures {
		list = append(list, user.Erasure{User: userID, At: at})
	}
	slices.SortFunc(list, func(a, b user.Erasure) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.User, b.User))
	})
	return list, nil
}

// Add implements ports.Erasures.
func (s Erasures) Add(ctx context.Context, erasures []user.Erasure) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, e := range erasures {
		s.addErasure(e.User, e.At)
	}
	return nil
}

// addErasure adds an erasure unless the list has one of the same account.
func (s *Store) addErasure(userID id.ID, at time.Time) {
	if _, found := s.erasures[userID]; !found {
		s.erasures[userID] = at
	}
}
