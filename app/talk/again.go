package talk

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/text"
)

// EditRequest replaces the text of the last prompt of a room.
type EditRequest struct {
	Request
	Message string // the id of the prompt, as the client sent it
	Text    string
}

// Edit replaces the text of the last prompt of a room and wakes a worker to answer it again.
// It fails with the errors of text.Content, text.Key and ports.MessageChanges.Edit. With
// reply.ErrBacklog and quota.ErrExhausted, Sent of the result is valid.
func (s *Service) Edit(ctx context.Context, r EditRequest) (SendResult, error) {
	if err := text.Content(r.Text); err != nil {
		return SendResult{}, err
	}
	a, err := s.newAsk(ctx, r.Request)
	if err != nil {
		return SendResult{}, err
	}
	promptID, err := parseID(r.Message)
	if err != nil {
		return SendResult{}, err
	}
	a.RequestHash = chat.HashEdit(promptID, r.Text)
	edit := chat.Edit{Ask: a.Ask, Prompt: promptID, Text: r.Text}
	accepted, err := s.config.MessageChanges.Edit(ctx, edit)
	return s.accepted(ctx, a, accepted, err)
}

// RetryRequest asks for the last reply of a room again.
type RetryRequest struct {
	Request
	Message string // the id of the reply, as the client sent it
}

// RetryResult is the result of Retry.
type RetryResult struct {
	Sent
	Reply    chat.Message
	Replayed bool // whether an earlier request with the same idempotency key was accepted
}

// Retry queues the last reply of a room again and wakes a worker to write it. It fails with
// the errors of text.Key and ports.MessageChanges.Retry. With reply.ErrBacklog and
// quota.ErrExhausted, Sent of the result is valid.
func (s *Service) Retry(ctx context.Context, r RetryRequest) (RetryResult, error) {
	a, err := s.newAsk(ctx, r.Request)
	if err != nil {
		return RetryResult{}, err
	}
	replyID, err := parseID(r.Message)
	if err != nil {
		return RetryResult{}, err
	}
	a.RequestHash = chat.HashRetry(replyID)
	retried, err := s.config.MessageChanges.Retry(ctx, chat.Retry{Ask: a.Ask, Reply: replyID})
	result := RetryResult{
		Sent:     a.newSent(retried.Spent),
		Reply:    retried.Reply,
		Replayed: retried.Replayed,
	}
	if err != nil {
		return result, fmt.Errorf("accepting the retry: %w", a.refusal(err, retried.Spent))
	}
	if !retried.Replayed {
		changed := chat.Announcement{Owner: a.User, Room: a.Room, Rev: retried.Reply.Rev}
		result.NotifyErr = s.notify(ctx, changed, replyID)
	}
	return result, nil
}

// VersionQuery selects the earlier texts of a message, the oldest first.
type VersionQuery struct {
	MessageRef
	After int64 // selects the versions after the first After ones
	Limit int   // the maximum number of versions
}

// Versions returns a page of the earlier texts of a message, oldest first. It fails with
// chat.ErrNotFound.
func (s *Service) Versions(ctx context.Context, q VersionQuery) (chat.VersionPage, error) {
	roomID, messageID, err := q.parse()
	if err != nil {
		return chat.VersionPage{}, err
	}
	page, err := s.config.MessageChanges.Versions(ctx, chat.VersionQuery{
		Owner:   q.Owner,
		Room:    roomID,
		Message: messageID,
		After:   q.After,
		Limit:   q.Limit,
	})
	if err != nil {
		return chat.VersionPage{}, fmt.Errorf("reading the versions of a message: %w", err)
	}
	return page, nil
}
