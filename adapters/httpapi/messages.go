package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Message is a message on the wire.
type Message struct {
	ID         string       `json:"id" example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
	ChatroomID string       `json:"chatroom_id" example:"01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"`
	Content    string       `json:"content" doc:"Of a reply that is not done: what it has so far." example:"Explain quantum computing in simple terms"`
	IsFromUser bool         `json:"is_from_user"`
	Status     string       `json:"status" enum:"queued,running,done,failed,cancelled" doc:"Of a user's message always done."`
	InReplyTo  string       `json:"in_reply_to,omitempty" doc:"Of a reply: the message it answers." example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
	Error      *ReplyFailed `json:"error,omitempty" doc:"Of a failed reply."`
	CreatedAt  time.Time    `json:"created_at" example:"2026-01-05T09:30:00Z"`
}

// ReplyFailed says why a reply failed.
type ReplyFailed struct {
	Code string `json:"code" enum:"llm_blocked,llm_rejected,llm_unavailable,llm_timeout"`
}

type sendIn struct {
	RoomIn
	Key  string `header:"Idempotency-Key" doc:"1 to 255 characters. Sent again within 24 hours, it repeats the first answer instead of sending the message twice."`
	Body struct {
		Content string `json:"content" minLength:"1" maxLength:"8000" doc:"Not all blank, no NUL. Kept as sent." example:"Explain quantum computing in simple terms"`
	}
	key *string
}

type acceptedOut struct {
	Location string `header:"Location" doc:"Of the reply."`
	BudgetHeaders
	Body struct {
		ID         string    `json:"id" example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
		ChatroomID string    `json:"chatroom_id" example:"01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"`
		Content    string    `json:"content" example:"Explain quantum computing in simple terms"`
		IsFromUser bool      `json:"is_from_user"`
		CreatedAt  time.Time `json:"created_at" example:"2026-01-05T09:30:00Z"`
		Reply      struct {
			ID     string `json:"id" example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
			Status string `json:"status" enum:"queued"`
		} `json:"reply"`
	}
}

// BudgetHeaders tell what is left of the day; Pro's say nothing.
type BudgetHeaders struct {
	Limit     *int `header:"RateLimit-Limit" nullable:"false" doc:"Messages a UTC day; absent for Pro."`
	Remaining *int `header:"RateLimit-Remaining" nullable:"false" doc:"Messages left of it; absent for Pro."`
	Reset     *int `header:"RateLimit-Reset" nullable:"false" doc:"Seconds until the next UTC day; absent for Pro."`
}

type messagesIn struct {
	RoomIn
	LimitIn
	Before string `query:"before" doc:"Older messages: from a Link with rel=prev."`
	After  string `query:"after" doc:"What was added or changed since: from a Link with rel=next."`
}

type messagesOut struct {
	Link []string `header:"Link" doc:"rel=\"prev\" leads to older messages, rel=\"next\" to what comes after."`
	Body []Message
}

type messageIn struct {
	RoomIn
	Message string `path:"mid" doc:"The message's." example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
	Wait    int    `query:"wait" minimum:"0" maximum:"30" doc:"Seconds to wait for the reply to be final."`
}

type messageOut struct{ Body Message }

func (a *API) messageRoutes() {
	register(a, route{method: http.MethodPost, path: "/chatroom/{id}/message", status: http.StatusAccepted, tag: tagRooms,
		refusals: []string{"not_found", "idempotency_in_flight", "idempotency_mismatch", "overloaded", "quota_exhausted"},
		summary:  "Send a message", doc: "It is kept before the answer comes, and answered in the background."}, a.send)
	register(a, route{method: http.MethodGet, path: "/chatroom/{id}/messages", status: http.StatusOK, tag: tagRooms, refusals: []string{"not_found", "invalid_request"},
		summary: "List messages", doc: "Without a cursor the newest, oldest first. After a cursor, what was added or changed since, in the order of change."}, a.listMessages)
	register(a, route{method: http.MethodGet, path: "/chatroom/{id}/messages/{mid}", status: http.StatusOK, tag: tagRooms, refusals: []string{"not_found", "invalid_request"},
		summary: "Show a message", doc: "With wait, answers when the reply is final or the time is over."}, a.showMessage)
}

func (a *API) send(ctx context.Context, in *sendIn) (*acceptedOut, error) {
	sent, err := a.talk.Send(ctx, talk.Message{User: who(ctx), Room: in.ID, Text: in.Body.Content, Key: in.key})
	left := leftOf(sent)
	if errors.Is(err, quota.ErrExhausted) {
		return nil, withHeader{err, left.header()}
	}
	if err != nil {
		return nil, err
	}
	note(ctx, "room", in.ID, "reply", sent.Reply, "replayed", sent.Replayed)
	warn(ctx, "unwoken", sent.Unwoken)
	out := &acceptedOut{Location: messagePath(sent.Prompt.Room, sent.Reply), BudgetHeaders: left}
	b := &out.Body
	b.ID, b.ChatroomID, b.Content, b.IsFromUser, b.CreatedAt = string(sent.Prompt.ID), string(sent.Prompt.Room), sent.Prompt.Content, true, sent.Prompt.Created
	b.Reply.ID, b.Reply.Status = string(sent.Reply), string(chat.Queued)
	return out, nil
}

func messagePath(room, message id.ID) string {
	return "/chatroom/" + string(room) + "/messages/" + string(message)
}

func leftOf(s talk.Sent) BudgetHeaders {
	if s.Limit == quota.Unlimited {
		return BudgetHeaders{}
	}
	limit, remaining, reset := int(s.Limit), s.Limit.Remaining(s.Used), seconds(s.ResetIn+time.Second-1)
	return BudgetHeaders{&limit, &remaining, &reset}
}

func wireMessage(m chat.Message) Message {
	w := Message{ID: string(m.ID), ChatroomID: string(m.Room), Content: m.Content, IsFromUser: m.FromUser,
		Status: string(m.Status), InReplyTo: string(m.InReplyTo), CreatedAt: m.Created}
	if m.Error != "" {
		w.Error = &ReplyFailed{m.Error}
	}
	return w
}

func (a *API) listMessages(ctx context.Context, in *messagesIn) (*messagesOut, error) {
	q, err := query(who(ctx), in)
	if err != nil {
		return nil, err
	}
	page, err := a.talk.Page(ctx, in.ID, q)
	if err != nil {
		return nil, err
	}
	out := &messagesOut{Body: make([]Message, len(page.Messages)), Link: links(id.ID(in.ID), q, page)}
	for i, m := range page.Messages {
		out.Body[i] = wireMessage(m)
	}
	return out, nil
}

func query(owner id.ID, in *messagesIn) (q chat.Query, err error) {
	q = chat.Query{Owner: owner, Limit: in.Limit}
	var rev int64
	switch {
	case in.Before != "" && in.After != "":
		return q, fault.Breaks("before", "must not come together with after")
	case in.Before != "":
		rev, err = decodeRev("before", in.Before, beforeCursor, id.ID(in.ID))
		q.Before = &rev
	case in.After != "":
		rev, err = decodeRev("after", in.After, afterCursor, id.ID(in.ID))
		q.After = &rev
	}
	return q, err
}

// links lead on: to older messages while there are any, and, but from pages of
// older ones, to what changes next.
func links(room id.ID, q chat.Query, page chat.Page) []string {
	path := "/chatroom/" + string(room) + "/messages"
	var out []string
	if q.After == nil && page.More {
		out = append(out, link(path, "before", revCursor(beforeCursor, room, page.Messages[0].Born), q.Limit, "prev"))
	}
	if q.Before == nil {
		out = append(out, link(path, "after", revCursor(afterCursor, room, nextRev(q, page)), q.Limit, "next"))
	}
	return out
}

func nextRev(q chat.Query, page chat.Page) int64 {
	if q.After == nil || !page.More {
		return page.Rev
	}
	return page.Messages[len(page.Messages)-1].Rev
}

func (a *API) showMessage(ctx context.Context, in *messageIn) (*messageOut, error) {
	patience, cancel := context.WithTimeout(ctx, time.Duration(in.Wait)*time.Second)
	defer cancel()
	defer context.AfterFunc(a.draining, cancel)()
	m, err := a.talk.Await(ctx, patience, who(ctx), in.ID, in.Message)
	if err != nil {
		return nil, err
	}
	return &messageOut{wireMessage(m)}, nil
}
