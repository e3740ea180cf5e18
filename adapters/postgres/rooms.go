package postgres

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// roomColumns are the columns of chat.Room.
	roomColumns = `id, owner, name, system_prompt AS systemprompt, created, updated, rev`

	addRoom = `
		INSERT INTO rooms (id, owner, name, system_prompt, created, updated, rev)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`

	getRoom = `SELECT ` + roomColumns + ` FROM rooms WHERE id = $2 AND owner = $1`

	updateRoom = `
		UPDATE rooms SET name = coalesce($3, name), system_prompt = coalesce($4, system_prompt)
		WHERE id = $2 AND owner = $1
		RETURNING ` + roomColumns
)

var (
	deleteRoom = load[deleteRoomParams]("delete_room.sql")
	listRooms  = load[listRoomsParams]("list_rooms.sql")
)

// deleteRoomParams are the parameters of delete_room.sql.
type deleteRoomParams struct {
	Owner  id.ID `db:"owner"`
	RoomID id.ID `db:"room_id"`
}

// listRoomsParams are the parameters of list_rooms.sql.
type listRoomsParams struct {
	Owner        id.ID     `db:"owner"`
	AfterUpdated time.Time `db:"after_updated"`
	AfterID      id.ID     `db:"after_id"`
	Limit        int       `db:"limit"`
	MaxBytes     int       `db:"max_bytes"`
}

// firstRoom is before all rooms in the order of a list.
var firstRoom = ports.RoomCursor{Updated: firstPosition.Created, ID: firstPosition.Room}

// Add implements ports.Rooms.
func (s Rooms) Add(ctx context.Context, r chat.Room) error {
	_, err := s.roomPool.ExecContext(ctx, addRoom, r.ID, r.Owner, r.Name, r.SystemPrompt, r.Created, r.Updated, r.Rev)
	return wrap("adding a room", err)
}

// Get implements ports.Rooms.
func (s Rooms) Get(ctx context.Context, owner, roomID id.ID) (r chat.Room, err error) {
	err = s.roomPool.GetContext(ctx, &r, getRoom, owner, roomID)
	return r, wrapNotFound("reading a room", err, chat.ErrNotFound)
}

// List implements ports.Rooms.
func (s Rooms) List(
	ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int,
) (p chat.RoomPage, err error) {
	if after == nil {
		after = &firstRoom
	}
	var rows []struct {
		Found int
		chat.Room
	}
	err = listRooms.selectAll(ctx, s.roomPool, &rows, listRoomsParams{
		Owner:        owner,
		AfterUpdated: after.Updated,
		AfterID:      after.ID,
		Limit:        limit + 1,
		MaxBytes:     chat.PageBytes,
	})
	for _, row := range rows[:min(limit, len(rows))] {
		p.Rooms = append(p.Rooms, row.Room)
	}
	p.More = len(rows) > 0 && rows[0].Found > len(p.Rooms)
	return p, wrap("listing rooms", err)
}

// Update implements ports.Rooms.
func (s Rooms) Update(ctx context.Context, owner, roomID id.ID, u chat.RoomUpdate) (r chat.Room, err error) {
	err = s.locks.do(ctx, owner, func() error {
		return s.roomPool.GetContext(ctx, &r, updateRoom, owner, roomID, u.Name, u.SystemPrompt)
	})
	return r, wrapNotFound("updating a room", err, chat.ErrNotFound)
}

// Delete implements ports.Rooms.
func (s Rooms) Delete(ctx context.Context, owner, roomID id.ID) error {
	err := s.changeRoom(ctx, owner, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := lockRoom(ctx, tx, owner, roomID); err != nil {
			return err
		}
		return deleteRoom.exec(ctx, tx, deleteRoomParams{Owner: owner, RoomID: roomID})
	})
	return wrap("deleting a room", err)
}
