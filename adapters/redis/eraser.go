package redis

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Eraser is a ports.Eraser that also deletes the cached room lists of the users
// that another ports.Eraser erases.
type Eraser struct {
	eraser ports.Eraser
	cache  *RoomListCache
}

// NewEraser returns an Eraser over another one. cache must be the cache of NewRooms.
func NewEraser(eraser ports.Eraser, cache *RoomListCache) *Eraser { return &Eraser{eraser, cache} }

// Erase implements ports.Eraser.
func (e *Eraser) Erase(ctx context.Context, userID id.ID) error {
	err := e.eraser.Erase(ctx, userID)
	e.cache.afterWrite(ctx, userID, err)
	return err
}
