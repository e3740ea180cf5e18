package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

const tagRooms = "Chatrooms"

// Room is a chatroom on the wire.
type Room struct {
	ID        string    `json:"id" example:"01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"`
	Name      string    `json:"name" example:"AI Assistant Chat"`
	CreatedAt time.Time `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt time.Time `json:"updated_at" doc:"When its user last sent a message." example:"2026-01-05T09:30:00Z"`
}

type RoomIn struct {
	ID string `path:"id" doc:"The chatroom's." example:"01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"`
}

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
	Location string `header:"Location" doc:"Of the room."`
	Body     Room
}

type LimitIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"Most entries of the page."`
}

type roomsIn struct {
	LimitIn
	Cursor string `query:"cursor" doc:"From the Link header of another page."`
}

type roomsOut struct {
	Link []string `header:"Link" doc:"rel=\"next\" leads to the next page, if there is one."`
	Body []Room
}

func (a *API) roomRoutes() {
	register(a, route{method: http.MethodGet, path: "/chatroom", status: http.StatusOK, tag: tagRooms, refusals: []string{"invalid_request"},
		summary: "List chatrooms", doc: "Most recently used first."}, a.listRooms)
	register(a, route{method: http.MethodPost, path: "/chatroom", status: http.StatusCreated, tag: tagRooms,
		summary: "Open a chatroom"}, a.createRoom)
	register(a, route{method: http.MethodGet, path: "/chatroom/{id}", status: http.StatusOK, tag: tagRooms, refusals: []string{"not_found"},
		summary: "Show a chatroom"}, func(ctx context.Context, in *RoomIn) (*roomOut, error) {
		return room(a.talk.Room(ctx, who(ctx), in.ID))
	})
	register(a, route{method: http.MethodPatch, path: "/chatroom/{id}", status: http.StatusOK, tag: tagRooms, refusals: []string{"not_found"},
		summary: "Rename a chatroom"}, func(ctx context.Context, in *renameIn) (*roomOut, error) {
		return room(a.talk.Rename(ctx, who(ctx), in.ID, in.Body.Name))
	})
	register(a, route{method: http.MethodDelete, path: "/chatroom/{id}", status: http.StatusNoContent, tag: tagRooms, refusals: []string{"not_found"},
		summary: "Delete a chatroom", doc: "Its messages go with it; answers under way are dropped."}, func(ctx context.Context, in *RoomIn) (*none, error) {
		return &none{}, a.talk.Delete(ctx, who(ctx), in.ID)
	})
}

func wireRoom(r chat.Room) Room {
	return Room{ID: string(r.ID), Name: r.Name, CreatedAt: r.Created, UpdatedAt: r.Updated}
}

func room(r chat.Room, err error) (*roomOut, error) {
	if err != nil {
		return nil, err
	}
	return &roomOut{wireRoom(r)}, nil
}

func (a *API) createRoom(ctx context.Context, in *RoomNameIn) (*createdRoomOut, error) {
	r, err := a.talk.Create(ctx, who(ctx), in.Body.Name)
	if err != nil {
		return nil, err
	}
	return &createdRoomOut{"/chatroom/" + string(r.ID), wireRoom(r)}, nil
}

func (a *API) listRooms(ctx context.Context, in *roomsIn) (*roomsOut, error) {
	var after *ports.Place
	if in.Cursor != "" {
		place, err := decodePlace("cursor", in.Cursor, who(ctx))
		if err != nil {
			return nil, err
		}
		after = &place
	}
	rooms, more, err := a.talk.Rooms(ctx, who(ctx), after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &roomsOut{Body: make([]Room, len(rooms))}
	for i, r := range rooms {
		out.Body[i] = wireRoom(r)
	}
	if more {
		last := rooms[len(rooms)-1]
		cursor := placeCursor(who(ctx), ports.Place{Updated: last.Updated, ID: last.ID})
		out.Link = append(out.Link, link("/chatroom", "cursor", cursor, in.Limit, "next"))
	}
	return out, nil
}

// link is a relative link to another page (RFC 8288).
func link(path, param, cursor string, limit int, rel string) string {
	return fmt.Sprintf(`<%s?%s=%s&limit=%d>; rel="%s"`, path, param, url.QueryEscape(cursor), limit, rel)
}
