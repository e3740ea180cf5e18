package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// Message is a message as clients see it.
type Message struct {
	ID         messageID    `json:"id"`
	ChatroomID roomID       `json:"chatroom_id"`
	Content    messageText  `json:"content" doc:"Of a reply that is not done: its text so far."`
	IsFromUser bool         `json:"is_from_user"`
	Status     replyStatus  `json:"status" doc:"Always done for a message of the user."`
	InReplyTo  messageID    `json:"in_reply_to,omitempty" doc:"Of a reply: the message that it answers."`
	Error      *ReplyFailed `json:"error,omitempty" doc:"Of a failed reply, whose message may not count for the quota."`
	Versions   int          `json:"versions,omitempty" doc:"The number of earlier texts; absent for none." example:"1"`
	CreatedAt  time.Time    `json:"created_at" example:"2026-01-05T09:30:00Z"`

	ContentHTML *safeHTML `json:"content_html,omitempty" nullable:"false" doc:"Of a finished reply, with format=html."`
}

// ReplyFailed says why a reply failed.
type ReplyFailed struct {
	Code string `json:"code" enum:"llm_blocked,llm_rejected,llm_unavailable,llm_timeout"`
}

type messagesIn struct {
	RoomIn
	LimitIn
	FormatIn
	Before string `query:"before" doc:"Older messages: from a Link with rel=prev."`
	After  string `query:"after" doc:"What was added or changed since: from a Link with rel=monitor, or an event's id."`
}

type messagesOut struct {
	Link []string `header:"Link" doc:"prev: older messages. monitor: to poll for changes. next: more changes now."`
	Body []Message
}

type messageIn struct {
	MessageRefIn
	FormatIn
	Wait int `query:"wait" minimum:"0" maximum:"30" doc:"Seconds to wait until the reply is final."`
}

type messageOut struct{ Body Message }

func (a *API) registerMessages() {
	register(a, route{
		method:   http.MethodGet,
		path:     "/chatroom/{id}/messages",
		status:   http.StatusOK,
		tag:      tagRooms,
		long:     true,
		refusals: []*fault.Error{chat.ErrNotFound, errInvalidRequest},
		summary:  "List messages",
		doc: "Without a cursor: the newest messages, the oldest of them first. " +
			"With after: the messages that were added or changed since, in the order of the changes. " +
			"A running reply comes again whenever it has more text. " + formatDoc,
	}, a.listMessages)
	register(a, route{
		method:   http.MethodGet,
		path:     "/chatroom/{id}/messages/{mid}",
		status:   http.StatusOK,
		tag:      tagRooms,
		long:     true,
		refusals: []*fault.Error{chat.ErrNotFound, errInvalidRequest},
		summary:  "Show a message",
		doc:      "With wait, the response is sent when the reply is final or the time is over. " + formatDoc,
	}, a.showMessage)
}

// listMessages handles GET /chatroom/{id}/messages.
func (a *API) listMessages(ctx context.Context, in *messagesIn) (*messagesOut, error) {
	q, err := newQuery(userOf(ctx), in)
	if err != nil {
		return nil, err
	}
	page, err := a.config.Talk.Page(ctx, q)
	if err != nil {
		return nil, fault.Replace(err, chat.ErrPositionUnknown, cursorSpec{param: "after"}.invalid())
	}
	out := &messagesOut{Body: make([]Message, len(page.Messages)), Link: messageLinks(q, page)}
	rendered := in.listHTML(page.Messages)
	for i, m := range page.Messages {
		out.Body[i] = newMessage(m)
		out.Body[i].ContentHTML = rendered[i]
	}
	return out, nil
}

// newQuery returns the query for the input. It fails with fault.Invalid when a cursor
// is invalid, or when there are two cursors.
func newQuery(owner id.ID, in *messagesIn) (q talk.PageQuery, err error) {
	q = talk.PageQuery{Owner: owner, Room: in.ID, Limit: in.Limit}
	switch {
	case in.Before != "" && in.After != "":
		return q, fault.InvalidField("before", "must not be combined with after")
	case in.Before != "":
		var rev int64
		rev, err = cursorSpec{param: "before", kind: beforeCursor, listID: id.ID(in.ID)}.decodeBefore(in.Before)
		q.Before = &rev
	case in.After != "":
		var cursor chat.Cursor
		cursor, err = cursorSpec{param: "after", kind: afterCursor, listID: id.ID(in.ID)}.decodeAfter(in.After)
		q.After = &cursor
	}
	return q, err
}

// messageLinks returns the links of a page: prev while there are older messages, monitor
// (RFC 5989) to poll for later changes, and next while there are more changes now. A page
// of older messages has only prev.
func messageLinks(q talk.PageQuery, page talk.Page) []string {
	var links []string
	if q.After == nil && page.More {
		cursor := encodeBefore(id.ID(q.Room), page.Messages[0].Born)
		links = append(links, pageLink("before", cursor, q.Limit, "prev"))
	}
	if q.Before != nil {
		return links
	}
	cursor := encodeAfter(id.ID(q.Room), page.Cursor)
	links = append(links, pageLink("after", cursor, q.Limit, "monitor"))
	if q.After != nil && page.More {
		links = append(links, pageLink("after", cursor, q.Limit, "next"))
	}
	return links
}

// showMessage handles GET /chatroom/{id}/messages/{mid}. Drain ends the wait early.
func (a *API) showMessage(ctx context.Context, in *messageIn) (*messageOut, error) {
	waiting, stopWaiting := context.WithTimeout(ctx, time.Duration(in.Wait)*time.Second)
	defer stopWaiting()
	defer context.AfterFunc(a.draining, stopWaiting)()
	m, err := a.config.Talk.Await(ctx, waiting, in.ref(ctx))
	if err != nil {
		return nil, err
	}
	out := newMessage(m)
	out.ContentHTML = in.htmlOf(m)
	return &messageOut{out}, nil
}

func newMessage(m chat.Message) Message {
	out := Message{
		ID:         messageID(m.ID),
		ChatroomID: roomID(m.Room),
		Content:    messageText(m.Content),
		IsFromUser: m.FromUser,
		Status:     replyStatus(m.Status),
		InReplyTo:  messageID(m.InReplyTo),
		Versions:   m.Versions,
		CreatedAt:  m.Created,
	}
	if m.Error != "" {
		out.Error = &ReplyFailed{m.Error}
	}
	return out
}
