package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

type sendIn struct {
	RoomIn
	Key  string `header:"Idempotency-Key" doc:"1 to 255 characters. Makes it safe to repeat the request."`
	Body struct {
		Content promptText `json:"content" doc:"Not only whitespace, and no NUL. Stored unchanged."`
	}

	idempotencyKey *string // nil without the header
}

// Resolve implements huma.Resolver. It reads Idempotency-Key, because huma treats an
// empty header as missing. talk.Send rejects an empty key. Otherwise a client that
// sends one would wrongly expect that a repeated request is safe.
func (in *sendIn) Resolve(ctx huma.Context) []error {
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

type acceptedOut struct {
	Location string `header:"Location" doc:"The path of the reply."`
	QuotaHeaders
	Body struct {
		ID         messageID   `json:"id"`
		ChatroomID roomID      `json:"chatroom_id"`
		Content    messageText `json:"content"`
		IsFromUser bool        `json:"is_from_user"`
		CreatedAt  time.Time   `json:"created_at" example:"2026-01-05T09:30:00Z"`
		Reply      struct {
			ID     messageID `json:"id"`
			Status string    `json:"status" enum:"queued"`
		} `json:"reply"`
	}
}

// QuotaHeaders tell a client its quota of the day. All are nil on an unlimited plan.
type QuotaHeaders struct {
	Limit     *int `header:"RateLimit-Limit" nullable:"false" doc:"Messages a UTC day. Absent for Pro."`
	Remaining *int `header:"RateLimit-Remaining" nullable:"false" doc:"Messages left on this day. Absent for Pro."`
	Reset     *int `header:"RateLimit-Reset" nullable:"false" doc:"Seconds until the next UTC day. Absent for Pro."`
}

// sendMessage handles POST /chatroom/{id}/message.
func (a *API) sendMessage(ctx context.Context, in *sendIn) (*acceptedOut, error) {
	sent, err := a.config.Talk.Send(ctx, talk.SendRequest{
		User:           userOf(ctx),
		Room:           in.ID,
		Text:           string(in.Body.Content),
		IdempotencyKey: in.idempotencyKey,
	})
	headers := quotaHeaders(sent)
	if errors.Is(err, quota.ErrExhausted) {
		return nil, errorWithHeader{err, headers.header()}
	}
	if err != nil {
		return nil, err
	}
	addToLog(ctx, "room", in.ID, "reply", sent.Reply, "replayed", sent.Replayed)
	addWarning(ctx, "wake_err", sent.NotifyErr)
	out := &acceptedOut{Location: messagePath(sent.Prompt.Room, sent.Reply), QuotaHeaders: headers}
	out.Body.ID = messageID(sent.Prompt.ID)
	out.Body.ChatroomID = roomID(sent.Prompt.Room)
	out.Body.Content = messageText(sent.Prompt.Content)
	out.Body.IsFromUser = true
	out.Body.CreatedAt = sent.Prompt.Created
	out.Body.Reply.ID = messageID(sent.Reply)
	out.Body.Reply.Status = string(chat.Queued)
	return out, nil
}

func messagePath(room, message id.ID) string {
	return "/chatroom/" + string(room) + "/messages/" + string(message)
}

func quotaHeaders(s talk.SendResult) QuotaHeaders {
	if s.Limit == quota.Unlimited {
		return QuotaHeaders{}
	}
	limit := int(s.Limit)
	remaining := s.Limit.Remaining(s.Used)
	reset := seconds(s.ResetIn + time.Second - 1) // rounded up
	return QuotaHeaders{Limit: &limit, Remaining: &remaining, Reset: &reset}
}

// header returns the headers for an error response. huma writes them in other responses.
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
	return h
}
