package redis

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Eraser is a ports.Eraser that announces changes of rooms, because the rooms of an erased
// user no longer exist.
type Eraser struct {
	eraser   ports.Eraser
	versions *RoomVersions
}

// NewEraser returns an Eraser over another one.
func NewEraser(eraser ports.Eraser, versions *RoomVersions) *Eraser { return &Eraser{eraser, versions} }

// Erase implements ports.Eraser.
func (e *Eraser) Erase(ctx context.Context, userID id.ID, keep ports.KeepCounts) error {
	err := e.eraser.Erase(ctx, userID, keep)
	e.versions.afterWrite(ctx, userID, err)
	return err
}
