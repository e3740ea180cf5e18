package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// ResumeIn is the position at which a stream of events begins.
type ResumeIn struct {
	LastEventID string `header:"Last-Event-ID" doc:"The id of the last event that the client has. Wins over after."`
	After       string `query:"after" doc:"Like Last-Event-ID. For one chatroom, also a cursor of its messages."`
}

// cursor returns the cursor of the client, "" for none, and the name of its parameter.
func (in ResumeIn) cursor() (cursor, param string) {
	if in.LastEventID != "" {
		return in.LastEventID, "Last-Event-ID"
	}
	return in.After, "after"
}

type roomEventsIn struct {
	RoomIn
	ResumeIn
}

type eventsIn struct{ ResumeIn }

// eventsOut is a response of events, which Body writes.
type eventsOut struct {
	Body func(huma.Context)
}

const eventsDoc = "Events of the format text/event-stream. Each has an id, a name and one line of JSON.\n\n" +
	"- `message`: a message that was added or changed. Its content replaces what the client has.\n" +
	"- `delta` `{chatroom_id, id, attempt, seq, text}`: text to append to a running reply.\n" +
	"- `reset` `{chatroom_id, id, attempt}`: the text of a running reply starts again from nothing.\n" +
	"- `done`, `failed`, `cancelled`: a reply that has ended, with its whole text.\n" +
	"- `ping` `{}`: without an id, after 15 seconds without another event.\n\n" +
	"A client that reconnects with the id of its last event misses nothing. " +
	"Without a cursor, the stream begins now, with a message event for each running reply. "

func (a *API) registerEvents() {
	register(a, route{
		method:   http.MethodGet,
		path:     "/chatroom/{id}/events",
		status:   http.StatusOK,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound, errInvalidRequest},
		summary:  "Watch a chatroom",
		doc:      eventsDoc + "The stream ends when the chatroom is deleted.",
	}, a.watchRoom)
	register(a, route{
		method:   http.MethodGet,
		path:     "/events",
		status:   http.StatusOK,
		tag:      tagRooms,
		refusals: []*fault.Error{errInvalidRequest},
		summary:  "Watch all chatrooms",
		doc: eventsDoc + "Further events:\n\n" +
			"- `room`: a chatroom that was created or changed.\n" +
			"- `room_deleted` `{id}`: a chatroom that was deleted.\n" +
			"- `resync` `{}`: the client was away for more than 24 hours and has to load its lists again.",
	}, a.watchRooms)
	for _, path := range []string{"/chatroom/{id}/events", "/events"} {
		responses := a.huma.OpenAPI().Paths[path].Get.Responses
		responses[strconv.Itoa(http.StatusOK)].Content = eventStreamContent()
	}
}

// eventStreamContent is the documentation of the body of a stream.
func eventStreamContent() map[string]*huma.MediaType {
	const example = "id: YXwwMTkwN2U2Yw\nevent: delta\n" +
		`data: {"chatroom_id":"01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f","id":"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a",` +
		`"attempt":1,"seq":0,"text":"Quantum"}` + "\n\n"
	return map[string]*huma.MediaType{eventStreamType: {
		Schema:  &huma.Schema{Type: huma.TypeString},
		Example: example,
	}}
}

// watchRoom handles GET /chatroom/{id}/events.
func (a *API) watchRoom(ctx context.Context, in *roomEventsIn) (*eventsOut, error) {
	room := id.ID(in.ID)
	cursor, param := in.cursor()
	spec := cursorSpec{param: param, kind: afterCursor, listID: room}
	var from *chat.Cursor
	if cursor != "" {
		decoded, err := spec.decodeAfter(cursor)
		if err != nil {
			return nil, err
		}
		from = &decoded
	}
	watch, err := a.config.Talk.WatchRoom(ctx, userOf(ctx), in.ID, from)
	if err != nil {
		return nil, fault.Replace(err, chat.ErrPositionUnknown, spec.invalid())
	}
	return &eventsOut{a.eventStream(watch, roomEventID(room))}, nil
}

// watchRooms handles GET /events.
func (a *API) watchRooms(ctx context.Context, in *eventsIn) (*eventsOut, error) {
	owner := userOf(ctx)
	var from *talk.FeedCursor
	if cursor, param := in.cursor(); cursor != "" {
		decoded, err := cursorSpec{param: param, kind: feedCursor, listID: owner}.decodeFeed(cursor)
		if err != nil {
			return nil, err
		}
		from = &decoded
	}
	watch, err := a.config.Talk.WatchRooms(ctx, owner, from)
	if err != nil {
		return nil, err
	}
	eventID := func(u talk.Update) string { return encodeFeed(owner, u.Feed) }
	return &eventsOut{a.eventStream(watch, eventID)}, nil
}

// roomEventID returns the function that returns the ids of the events of a room.
func roomEventID(room id.ID) func(talk.Update) string {
	return func(u talk.Update) string { return encodeAfter(room, u.Cursor) }
}
