package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// AskIn is what a send, an edit and a retry have in common.
type AskIn struct {
	RoomIn
	Key string `header:"Idempotency-Key" doc:"1 to 255 characters. Makes it safe to repeat the request."`

	idempotencyKey *string // nil without the header
}

// Resolve implements huma.Resolver. It reads Idempotency-Key, because huma treats an
// empty header as missing. app/talk rejects an empty key. Otherwise a client that
// sends one would wrongly expect that a repeated request is safe.
func (in *AskIn) Resolve(ctx huma.Context) []error {
	r, _ := humachi.Unwrap(ctx)
	switch values := r.Header.Values("Idempotency-Key"); len(values) {
	case 0:
	case 1:
		in.idempotencyKey = &values[0]
	default:
		return []error{&huma.ErrorDetail{Location: "header.Idempotency-Key", Message: "must be given once"}}
	}
	return nil
}

func (in *AskIn) request(ctx context.Context) talk.Request {
	return talk.Request{User: userOf(ctx), Room: in.ID, IdempotencyKey: in.idempotencyKey}
}

// defaultBacklog is the default of USER_BACKLOG, for the documentation.
const defaultBacklog = 100

// exampleTime is when the requests of the examples in the documentation arrive.
var exampleTime = time.Date(2026, 1, 5, 20, 48, 0, 0, time.UTC)

// errNoTokensLeft is the example of an overload that lasts until the next UTC day.
var errNoTokensLeft = quota.ErrOverloaded.After(quota.DayOf(exampleTime).End().Sub(exampleTime))

// askRefusals are the errors of a send, an edit and a retry.
var askRefusals = []*fault.Error{
	chat.ErrNotFound,
	chat.ErrInFlight,
	chat.ErrMismatch,
	reply.BacklogError(defaultBacklog),
	reply.ErrOverloaded.After(2 * time.Minute),
	errNoTokensLeft,
	quota.ExhaustedError(plan.Defaults().Basic.Terms.Limit, exampleTime),
}

// PromptIn is the body of a send and of an edit.
type PromptIn struct {
	Body struct {
		Content promptText `json:"content" doc:"Not only whitespace, and no NUL. Stored unchanged."`
	}
}

// AskHeaders are the headers of the response to a send, an edit and a retry.
type AskHeaders struct {
	Location string `header:"Location" doc:"The path of the reply."`
	QuotaHeaders
}

// AcceptedBody is the response to a send and to an edit: the message and its queued reply.
type AcceptedBody struct {
	ID         messageID   `json:"id"`
	ChatroomID roomID      `json:"chatroom_id"`
	Content    messageText `json:"content"`
	IsFromUser bool        `json:"is_from_user"`
	CreatedAt  time.Time   `json:"created_at" example:"2026-01-05T09:30:00Z"`
	Reply      QueuedReply `json:"reply"`
}

// QueuedReply is the reply to an accepted message.
type QueuedReply struct {
	ID     messageID `json:"id"`
	Status string    `json:"status" enum:"queued"`
}

func newAcceptedBody(sent talk.SendResult) (out AcceptedBody) {
	out.ID = messageID(sent.Prompt.ID)
	out.ChatroomID = roomID(sent.Prompt.Room)
	out.Content = messageText(sent.Prompt.Content)
	out.IsFromUser = true
	out.CreatedAt = sent.Prompt.Created
	out.Reply.ID = messageID(sent.Reply)
	out.Reply.Status = string(chat.Queued)
	return out
}

// askHeaders returns the headers for a reply that was asked for, and adds it to the log.
// With an error it returns the error of the response.
func askHeaders(ctx context.Context, sent talk.Sent, room, replyID id.ID, err error) (AskHeaders, error) {
	headers := AskHeaders{QuotaHeaders: quotaHeaders(sent)}
	if errors.Is(err, quota.ErrExhausted) || errors.Is(err, reply.ErrBacklog) {
		return headers, errorWithHeader{err, headers.header()}
	}
	if err != nil {
		return headers, err
	}
	addToLog(ctx, "room", room, "reply", replyID)
	addWarning(ctx, "notify_err", sent.NotifyErr)
	headers.Location = location(ctx, messagePath(room, replyID))
	return headers, nil
}

func messagePath(room, message id.ID) string {
	return "/chatroom/" + string(room) + "/messages/" + string(message)
}

// QuotaHeaders tell a client its quota of the day. All are nil on an unlimited plan.
type QuotaHeaders struct {
	Limit     *int `header:"RateLimit-Limit" nullable:"false" doc:"Messages a UTC day. Absent for Pro."`
	Remaining *int `header:"RateLimit-Remaining" nullable:"false" doc:"Messages left on this day. Absent for Pro."`
	Reset     *int `header:"RateLimit-Reset" nullable:"false" doc:"Seconds until the next UTC day. Absent for Pro."`

	// Policy and Current say the same in the form of draft-ietf-httpapi-ratelimit-headers-10.
	Policy  *string `header:"RateLimit-Policy" nullable:"false" doc:"The quota of a UTC day. Absent for Pro."`
	Current *string `header:"RateLimit" nullable:"false" doc:"What is left of it. Absent for Pro."`
}

func quotaHeaders(s talk.Sent) QuotaHeaders {
	if s.Limit == quota.Unlimited {
		return QuotaHeaders{}
	}
	limit := int(s.Limit)
	remaining := s.Limit.Remaining(s.Used)
	reset := seconds(s.ResetIn + time.Second - 1) // rounded up
	policy := fmt.Sprintf(`"messages";q=%d;w=86400`, limit)
	current := fmt.Sprintf(`"messages";r=%d;t=%d`, remaining, reset)
	return QuotaHeaders{Limit: &limit, Remaining: &remaining, Reset: &reset, Policy: &policy, Current: &current}
}

// header returns the headers for a response that huma does not write.
func (q QuotaHeaders) header() http.Header {
	h := http.Header{}
	for name, n := range map[string]*int{
		"RateLimit-Limit":     q.Limit,
		"RateLimit-Remaining": q.Remaining,
		"RateLimit-Reset":     q.Reset,
	} {
		if n != nil {
			h.Set(name, strconv.Itoa(*n))
		}
	}
	if q.Policy != nil {
		h.Set("RateLimit-Policy", *q.Policy)
		h.Set("RateLimit", *q.Current)
	}
	return h
}
