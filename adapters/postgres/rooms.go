package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	addRoom = `INSERT INTO rooms (id, owner, name, created, updated, rev) VALUES ($1, $2, $3, $4, $5, $6)`

	getRoom = `SELECT id, owner, name, created, updated, rev FROM rooms WHERE id = $2 AND owner = $1`

	listRooms = `
		SELECT id, owner, name, created, updated, rev FROM rooms WHERE owner = $1
		ORDER BY updated DESC, id DESC LIMIT $2`

	listRoomsAfter = `
		SELECT id, owner, name, created, updated, rev FROM rooms WHERE owner = $1 AND (updated, id) < ($3, $4)
		ORDER BY updated DESC, id DESC LIMIT $2`

	renameRoom = `
		UPDATE rooms SET name = $3 WHERE id = $2 AND owner = $1
		RETURNING id, owner, name, created, updated, rev`

	// deleteRoom also deletes the messages and the idempotency keys, through foreign keys.
	deleteRoom = `DELETE FROM rooms WHERE id = $2 AND owner = $1`
)

// Add implements ports.Rooms.
func (s Rooms) Add(ctx context.Context, r chat.Room) error {
	_, err := s.pool.ExecContext(ctx, addRoom, r.ID, r.Owner, r.Name, r.Created, r.Updated, r.Rev)
	return wrap("adding a room", err)
}

// Get implements ports.Rooms.
func (s Rooms) Get(ctx context.Context, owner, roomID id.ID) (r chat.Room, err error) {
	err = s.pool.GetContext(ctx, &r, getRoom, owner, roomID)
	return r, wrapNotFound("reading a room", err, chat.ErrNotFound)
}

// List implements ports.Rooms.
func (s Rooms) List(
	ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int,
) (rooms []chat.Room, err error) {
	if after == nil {
		err = s.pool.SelectContext(ctx, &rooms, listRooms, owner, limit)
	} else {
		err = s.pool.SelectContext(ctx, &rooms, listRoomsAfter, owner, limit, after.Updated, after.ID)
	}
	return rooms, wrap("listing rooms", err)
}

// Rename implements ports.Rooms.
func (s Rooms) Rename(ctx context.Context, owner, roomID id.ID, name string) (r chat.Room, err error) {
	err = s.pool.GetContext(ctx, &r, renameRoom, owner, roomID, name)
	return r, wrapNotFound("renaming a room", err, chat.ErrNotFound)
}

// Delete implements ports.Rooms.
func (s Rooms) Delete(ctx context.Context, owner, roomID id.ID) error {
	return s.changeRow(ctx, "deleting a room", chat.ErrNotFound, deleteRoom, owner, roomID)
}
