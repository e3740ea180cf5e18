package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

const tagRooms = "Chatrooms"

// LimitIn is the query parameter limit of several lists.
type LimitIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"The page has fewer entries if they are long."`
}

type roomsIn struct {
	LimitIn
	Cursor string `query:"cursor" doc:"From a Link of another page."`
}

type roomsOut struct {
	Link []string `header:"Link" doc:"rel=\"next\" is the next page, absent on the last one."`
	Body []Room
}

func (a *API) registerRooms() {
	register(a, route{
		method:    http.MethodGet,
		path:      "/chatroom",
		status:    http.StatusOK,
		tag:       tagRooms,
		long:      true,
		onlyRooms: true,
		refusals:  []*fault.Error{errInvalidRequest},
		summary:   "List chatrooms",
		doc:       "The most recently used chatroom comes first.",
	}, a.listRooms)
	register(a, route{
		method:  http.MethodPost,
		path:    "/chatroom",
		status:  http.StatusCreated,
		tag:     tagRooms,
		summary: "Create a chatroom",
		doc: "All fields are optional. Without a name, the name is empty until the first exchange gives the " +
			"chatroom a title.",
	}, a.createRoom)
	register(a, route{
		method:    http.MethodGet,
		path:      "/chatroom/{id}",
		status:    http.StatusOK,
		tag:       tagRooms,
		onlyRooms: true,
		refusals:  []*fault.Error{chat.ErrNotFound},
		summary:   "Show a chatroom",
	}, a.showRoom)
	register(a, route{
		method:   http.MethodPatch,
		path:     "/chatroom/{id}",
		status:   http.StatusOK,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound},
		summary:  "Change the settings of a chatroom",
		doc:      "Fields that the request does not have remain unchanged.",
	}, a.updateRoom)
	register(a, route{
		method:   http.MethodDelete,
		path:     "/chatroom/{id}",
		status:   http.StatusNoContent,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound},
		summary:  "Delete a chatroom",
		doc: "Also deletes its messages. From the response on, nothing of them can be read, and replies in progress " +
			"are dropped. The stored data is removed in the background, within 24 hours at the latest.",
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
	page, err := a.config.Talk.List(ctx, owner, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &roomsOut{Body: make([]Room, len(page.Rooms))}
	for i, r := range page.Rooms {
		out.Body[i] = newRoom(r)
	}
	if page.More {
		last := page.Rooms[len(page.Rooms)-1]
		cursor := encodeRoom(owner, ports.RoomCursor{Updated: last.Updated, ID: last.ID})
		out.Link = append(out.Link, pageLink("cursor", cursor, in.Limit, "next"))
	}
	return out, nil
}

// createRoom handles POST /chatroom.
func (a *API) createRoom(ctx context.Context, in *RoomSettingsIn) (*createdRoomOut, error) {
	r, err := a.config.Talk.Create(ctx, userOf(ctx), in.Body.update())
	if err != nil {
		return nil, err
	}
	return &createdRoomOut{Location: location(ctx, "/chatroom/"+string(r.ID)), Body: newRoom(r)}, nil
}

// showRoom handles GET /chatroom/{id}.
func (a *API) showRoom(ctx context.Context, in *RoomIn) (*roomOut, error) {
	return newRoomOut(a.config.Talk.Room(ctx, userOf(ctx), in.ID))
}

// updateRoom handles PATCH /chatroom/{id}.
func (a *API) updateRoom(ctx context.Context, in *updateRoomIn) (*roomOut, error) {
	return newRoomOut(a.config.Talk.UpdateRoom(ctx, userOf(ctx), in.ID, in.Body.update()))
}

// deleteRoom handles DELETE /chatroom/{id}.
func (a *API) deleteRoom(ctx context.Context, in *RoomIn) (*empty, error) {
	return &empty{}, a.config.Talk.Delete(ctx, userOf(ctx), in.ID)
}

// pageLink returns a link to another page of the same list for the Link header (RFC 8288).
// The link is only a query, so it also holds behind a proxy that adds a prefix to the path
// (RFC 3986, 5.2.2).
func pageLink(param, cursor string, limit int, rel string) string {
	return fmt.Sprintf(`<?%s=%s&limit=%d>; rel="%s"`, param, url.QueryEscape(cursor), limit, rel)
}
