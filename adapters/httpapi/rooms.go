package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

const tagRooms = "Chatrooms"

// Room is a chatroom as clients see it.
type Room struct {
	ID        roomID    `json:"id"`
	Name      string    `json:"name" example:"AI Assistant Chat"`
	CreatedAt time.Time `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt time.Time `json:"updated_at" doc:"When the user last sent a message." example:"2026-01-05T09:30:00Z"`
}

// RoomIn is the id of a chatroom in the path of several routes.
type RoomIn struct {
	ID string `path:"id" doc:"The id of the chatroom." example:"01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"`
}

// RoomNameIn is the body of a request that creates or renames a chatroom.
type RoomNameIn struct {
	Body struct {
		Name string `json:"name" doc:"1 to 100 characters, trimmed." example:"AI Assistant Chat"`
	}
}

type renameIn struct {
	RoomIn
	RoomNameIn
}

type roomOut struct{ Body Room }

type createdRoomOut struct {
	Location string `header:"Location" doc:"The path of the chatroom."`
	Body     Room
}

// LimitIn is the query parameter limit of several lists.
type LimitIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"The maximum number of entries of the page."`
}

type roomsIn struct {
	LimitIn
	Cursor string `query:"cursor" doc:"From the Link header of another page."`
}

type roomsOut struct {
	Link []string `header:"Link" doc:"rel=\"next\" is the next page, absent on the last one."`
	Body []Room
}

func (a *API) registerRooms() {
	register(a, route{
		method:   http.MethodGet,
		path:     "/chatroom",
		status:   http.StatusOK,
		tag:      tagRooms,
		refusals: []*fault.Error{errInvalidRequest},
		summary:  "List chatrooms",
		doc:      "The most recently used chatroom comes first.",
	}, a.listRooms)
	register(a, route{
		method:  http.MethodPost,
		path:    "/chatroom",
		status:  http.StatusCreated,
		tag:     tagRooms,
		summary: "Create a chatroom",
	}, a.createRoom)
	register(a, route{
		method:   http.MethodGet,
		path:     "/chatroom/{id}",
		status:   http.StatusOK,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound},
		summary:  "Show a chatroom",
	}, a.showRoom)
	register(a, route{
		method:   http.MethodPatch,
		path:     "/chatroom/{id}",
		status:   http.StatusOK,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound},
		summary:  "Rename a chatroom",
	}, a.renameRoom)
	register(a, route{
		method:   http.MethodDelete,
		path:     "/chatroom/{id}",
		status:   http.StatusNoContent,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound},
		summary:  "Delete a chatroom",
		doc:      "Also deletes its messages. Replies in progress are dropped.",
	}, a.deleteRoom)
}

// listRooms handles GET /chatroom.
func (a *API) listRooms(ctx context.Context, in *roomsIn) (*roomsOut, error) {
	owner := userOf(ctx)
	var after *ports.RoomCursor
	if in.Cursor != "" {
		spec := cursorSpec{param: "cursor", kind: roomsCursor, listID: owner}
		cursor, err := spec.decodeRoom(in.Cursor)
		if err != nil {
			return nil, err
		}
		after = &cursor
	}
	rooms, more, err := a.config.Talk.List(ctx, owner, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &roomsOut{Body: make([]Room, len(rooms))}
	for i, r := range rooms {
		out.Body[i] = newRoom(r)
	}
	if more {
		last := rooms[len(rooms)-1]
		cursor := encodeRoom(owner, ports.RoomCursor{Updated: last.Updated, ID: last.ID})
		out.Link = append(out.Link, pageLink("/chatroom", "cursor", cursor, in.Limit, "next"))
	}
	return out, nil
}

// createRoom handles POST /chatroom.
func (a *API) createRoom(ctx context.Context, in *RoomNameIn) (*createdRoomOut, error) {
	r, err := a.config.Talk.Create(ctx, userOf(ctx), in.Body.Name)
	if err != nil {
		return nil, err
	}
	return &createdRoomOut{Location: "/chatroom/" + string(r.ID), Body: newRoom(r)}, nil
}

// showRoom handles GET /chatroom/{id}.
func (a *API) showRoom(ctx context.Context, in *RoomIn) (*roomOut, error) {
	return newRoomOut(a.config.Talk.Room(ctx, userOf(ctx), in.ID))
}

// renameRoom handles PATCH /chatroom/{id}.
func (a *API) renameRoom(ctx context.Context, in *renameIn) (*roomOut, error) {
	return newRoomOut(a.config.Talk.Rename(ctx, userOf(ctx), in.ID, in.Body.Name))
}

// deleteRoom handles DELETE /chatroom/{id}.
func (a *API) deleteRoom(ctx context.Context, in *RoomIn) (*empty, error) {
	return &empty{}, a.config.Talk.Delete(ctx, userOf(ctx), in.ID)
}

func newRoomOut(r chat.Room, err error) (*roomOut, error) {
	if err != nil {
		return nil, err
	}
	return &roomOut{newRoom(r)}, nil
}

func newRoom(r chat.Room) Room {
	return Room{
		ID:        roomID(r.ID),
		Name:      r.Name,
		CreatedAt: r.Created,
		UpdatedAt: r.Updated,
	}
}

// pageLink returns a relative link to another page for the Link header (RFC 8288).
func pageLink(path, param, cursor string, limit int, rel string) string {
	return fmt.Sprintf(`<%s?%s=%s&limit=%d>; rel="%s"`, path, param, url.QueryEscape(cursor), limit, rel)
}
