package redis

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Eraser is a ports.Eraser that drops the cached lists of whom another one erases.
type Eraser struct {
	eraser ports.Eraser
	lists  *Lists
}

// NewEraser returns an eraser that shares its lists with NewRooms.
func NewEraser(eraser ports.Eraser, lists *Lists) *Eraser { return &Eraser{eraser, lists} }

func (e *Eraser) Erase(ctx context.Context, user id.ID) error {
	err := e.eraser.Erase(ctx, user)
	e.lists.written(ctx, user, err)
	return err
}
