package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Message is a message as clients see it.
type Message struct {
	ID         messageID    `json:"id"`
	ChatroomID roomID       `json:"chatroom_id"`
	Content    messageText  `json:"content" doc:"Of a reply that is not done: its text so far."`
	IsFromUser bool         `json:"is_from_user"`
	Status     replyStatus  `json:"status" doc:"Always done for a message of the user."`
	InReplyTo  messageID    `json:"in_reply_to,omitempty" doc:"Of a reply: the message that it answers."`
	Error      *ReplyFailed `json:"error,omitempty" doc:"Of a failed reply."`
	CreatedAt  time.Time    `json:"created_at" example:"2026-01-05T09:30:00Z"`
}

// ReplyFailed says why a reply failed.
type ReplyFailed struct {
	Code string `json:"code" enum:"llm_blocked,llm_rejected,llm_unavailable,llm_timeout"`
}

type messagesIn struct {
	RoomIn
	LimitIn
	Before string `query:"before" doc:"Older messages: from a Link with rel=prev."`
	After  string `query:"after" doc:"Messages added or changed since: from a Link with rel=next."`
}

type messagesOut struct {
	Link []string `header:"Link" doc:"rel=\"prev\" is the page of older messages, rel=\"next\" the later changes."`
	Body []Message
}

type messageIn struct {
	RoomIn
	MessageID string `path:"mid" doc:"The id of the message." example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
	Wait      int    `query:"wait" minimum:"0" maximum:"30" doc:"Seconds to wait until the reply is final."`
}

type messageOut struct{ Body Message }

func (a *API) registerMessages() {
	register(a, route{
		method: http.MethodPost,
		path:   "/chatroom/{id}/message",
		status: http.StatusAccepted,
		tag:    tagRooms,
		refusals: []*fault.Error{
			chat.ErrNotFound,
			chat.ErrInFlight,
			chat.ErrMismatch,
			quota.ErrOverloaded,
			quota.ExhaustedError(plan.Defaults().Basic.Terms.Limit),
		},
		summary: "Send a message",
		doc: "The message is stored before the response, and answered in the background. " +
			"A request with the Idempotency-Key of an earlier request, within 24 hours, " +
			"gets the earlier response and sends no second message.",
	}, a.sendMessage)
	register(a, route{
		method:   http.MethodGet,
		path:     "/chatroom/{id}/messages",
		status:   http.StatusOK,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound, errInvalidRequest},
		summary:  "List messages",
		doc: "Without a cursor: the newest messages, the oldest of them first. " +
			"With after: the messages that were added or changed since, in the order of the changes.",
	}, a.listMessages)
	register(a, route{
		method:   http.MethodGet,
		path:     "/chatroom/{id}/messages/{mid}",
		status:   http.StatusOK,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound, errInvalidRequest},
		summary:  "Show a message",
		doc:      "With wait, the response is sent when the reply is final or the time is over.",
	}, a.showMessage)
}

// listMessages handles GET /chatroom/{id}/messages.
func (a *API) listMessages(ctx context.Context, in *messagesIn) (*messagesOut, error) {
	q, err := newQuery(userOf(ctx), in)
	if err != nil {
		return nil, err
	}
	page, err := a.config.Talk.Page(ctx, in.ID, q)
	if err != nil {
		return nil, err
	}
	out := &messagesOut{Body: make([]Message, len(page.Messages)), Link: messageLinks(id.ID(in.ID), q, page)}
	for i, m := range page.Messages {
		out.Body[i] = newMessage(m)
	}
	return out, nil
}

// newQuery returns the query for the input. It fails with fault.Invalid when a cursor
// is invalid, or when there are two cursors.
func newQuery(owner id.ID, in *messagesIn) (q chat.Query, err error) {
	q = chat.Query{Owner: owner, Limit: in.Limit}
	var rev int64
	switch {
	case in.Before != "" && in.After != "":
		return q, fault.InvalidField("before", "must not be combined with after")
	case in.Before != "":
		rev, err = cursorSpec{param: "before", kind: beforeCursor, listID: id.ID(in.ID)}.decodeRev(in.Before)
		q.Before = &rev
	case in.After != "":
		rev, err = cursorSpec{param: "after", kind: afterCursor, listID: id.ID(in.ID)}.decodeRev(in.After)
		q.After = &rev
	}
	return q, err
}

// messageLinks returns the links of a page: prev while there are older messages,
// and next to poll for later changes. A page of older messages has no next, and a
// page of changes has no prev.
func messageLinks(room id.ID, q chat.Query, page chat.Page) []string {
	path := "/chatroom/" + string(room) + "/messages"
	var links []string
	if q.After == nil && page.More {
		cursor := encodeRev(beforeCursor, room, page.Messages[0].Born)
		links = append(links, pageLink(path, "before", cursor, q.Limit, "prev"))
	}
	if q.Before == nil {
		cursor := encodeRev(afterCursor, room, nextRev(q, page))
		links = append(links, pageLink(path, "after", cursor, q.Limit, "next"))
	}
	return links
}

// nextRev returns the revision for the next link. With this page, the client has all
// changes up to this revision.
func nextRev(q chat.Query, page chat.Page) int64 {
	if q.After == nil || !page.More {
		return page.Rev
	}
	return page.Messages[len(page.Messages)-1].Rev
}

// showMessage handles GET /chatroom/{id}/messages/{mid}. Drain ends the wait early.
func (a *API) showMessage(ctx context.Context, in *messageIn) (*messageOut, error) {
	waiting, stopWaiting := context.WithTimeout(ctx, time.Duration(in.Wait)*time.Second)
	defer stopWaiting()
	defer context.AfterFunc(a.draining, stopWaiting)()
	m, err := a.config.Talk.Await(ctx, waiting, talk.MessageRef{Owner: userOf(ctx), Room: in.ID, Message: in.MessageID})
	if err != nil {
		return nil, err
	}
	return &messageOut{newMessage(m)}, nil
}

func newMessage(m chat.Message) Message {
	out := Message{
		ID:         messageID(m.ID),
		ChatroomID: roomID(m.Room),
		Content:    messageText(m.Content),
		IsFromUser: m.FromUser,
		Status:     replyStatus(m.Status),
		InReplyTo:  messageID(m.InReplyTo),
		CreatedAt:  m.Created,
	}
	if m.Error != "" {
		out.Error = &ReplyFailed{m.Error}
	}
	return out
}
