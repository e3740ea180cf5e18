package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/user"
)

// Erasures is the list of erased accounts. It has nothing but their ids and the times, for
// user.ErasureTTL. A restored backup contains accounts that were erased after it was made. The
// list says which, if it was copied out of the database before.
type Erasures interface {
	// List returns all erasures, the oldest first. Eraser.Erase adds an account to the list.
	List(ctx context.Context) ([]user.Erasure, error)
	// Add adds erasures to the list. It ignores those that the list has already.
	Add(ctx context.Context, erasures []user.Erasure) error
}
