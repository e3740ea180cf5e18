package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
)

const (
	listErasures = `SELECT user_id AS user, at FROM erasures ORDER BY at, user_id`

	addErasures = `
		INSERT INTO erasures (user_id, at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])
		ON CONFLICT ON CONSTRAINT erasures_pkey DO NOTHING`

	// addedErasures is how many erasures one statement adds.
	addedErasures = 1000
)

// List implements ports.Erasures.
func (s Erasures) List(ctx context.Context) (erasures []user.Erasure, err error) {
	err = s.pool.SelectContext(ctx, &erasures, listErasures)
	return erasures, wrap("listing the erasures", err)
}

// Add implements ports.Erasures.
func (s Erasures) Add(ctx context.Context, erasures []user.Erasure) error {
	for chunk := range slices.Chunk(erasures, addedErasures) {
		var users []id.ID
		var times []time.Time
		for _, e := range chunk {
			users, times = append(users, e.User), append(times, e.At)
		}
		if _, err := s.pool.ExecContext(ctx, addErasures, users, times); err != nil {
			return wrap("adding erasures", err)
		}
	}
	return nil
}
