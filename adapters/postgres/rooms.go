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

	renameRoom = `UPDATE rooms SET name = $3 WHERE id = $2 AND owner = $1 RETURNING id, owner, name, created, updated, rev`

	// The rest of the room goes by foreign keys.
	deleteRoom = `DELETE FROM rooms WHERE id = $2 AND owner = $1`
)

// Add fails with user.ErrNotFound when there is no such owner any more.
func (s Rooms) Add(ctx context.Context, r chat.Room) error {
	_, err := s.sql.ExecContext(ctx, addRoom, r.ID, r.Owner, r.Name, r.Created, r.Updated, r.Rev)
	return failed("adding a room", err)
}

func (s Rooms) Get(ctx context.Context, owner, id id.ID) (r chat.Room, err error) {
	err = s.sql.GetContext(ctx, &r, getRoom, owner, id)
	return r, missed("reading a room", err, chat.ErrNotFound)
}

func (s Rooms) List(ctx context.Context, owner id.ID, after *ports.Place, limit int) (list []chat.Room, err error) {
	if after == nil {
		err = s.sql.SelectContext(ctx, &list, listRooms, owner, limit)
	} else {
		err = s.sql.SelectContext(ctx, &list, listRoomsAfter, owner, limit, after.Updated, after.ID)
	}
	return list, failed("listing rooms", err)
}

func (s Rooms) Rename(ctx context.Context, owner, id id.ID, name string) (r chat.Room, err error) {
	err = s.sql.GetContext(ctx, &r, renameRoom, owner, id, name)
	return r, missed("renaming a room", err, chat.ErrNotFound)
}

func (s Rooms) Delete(ctx context.Context, owner, id id.ID) error {
	return s.change(ctx, "deleting a room", chat.ErrNotFound, deleteRoom, owner, id)
}
