package httpapi

import (
	"context"
	"net/http"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/reply"
)

// MessageIn is the id of a message in the path of several routes.
type MessageIn struct {
	MessageID string `path:"mid" doc:"The id of the message." example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
}

// MessageRefIn is the path of a message. huma skips embedded structs that are not exported.
type MessageRefIn struct {
	RoomIn
	MessageIn
}

type retryIn struct {
	AskIn
	MessageIn
}

type editIn struct {
	AskIn
	MessageIn
	PromptIn
}

type retriedOut struct {
	AskHeaders
	Body Message
}

type editedOut struct {
	AskHeaders
	Body AcceptedBody
}

func (a *API) registerMessageChanges() {
	register(a, route{
		method:   http.MethodPost,
		path:     "/chatroom/{id}/messages/{mid}/cancel",
		status:   http.StatusAccepted,
		tag:      tagRooms,
		refusals: []*fault.Error{chat.ErrNotFound, reply.ErrNotCancellable},
		summary:  "Stop a reply",
		doc: "Stops a reply that is not final, from any device. It ends as cancelled, with the text that was " +
			"written so far. Without any text, the message does not count for the quota. " +
			"Cancelled and failed replies share a limit: by default, 10 messages a UTC day do not count.",
	}, a.cancelReply)
	register(a, route{
		method:   http.MethodPost,
		path:     "/chatroom/{id}/messages/{mid}/retry",
		status:   http.StatusAccepted,
		tag:      tagRooms,
		asks:     true,
		refusals: append([]*fault.Error{reply.ErrNotRetryable, errInvalidRequest}, askRefusals...),
		summary:  "Ask for the last reply again",
		doc: "Asks again for the last reply of the chatroom, under the same id. It counts for the quota like a " +
			"message. The earlier text stays as a version. Idempotency-Key works as in a send.",
	}, a.retryReply)
	register(a, route{
		method:   http.MethodPatch,
		path:     "/chatroom/{id}/messages/{mid}",
		status:   http.StatusAccepted,
		tag:      tagRooms,
		asks:     true,
		refusals: append([]*fault.Error{chat.ErrNotEditable}, askRefusals...),
		summary:  "Edit the last message and ask again",
		doc: "Replaces the text of the user's last message of the chatroom and asks for its reply again. It counts " +
			"for the quota like a message. The earlier texts stay as versions. Idempotency-Key works as in a send.",
	}, a.editMessage)
}

// cancelReply handles POST /chatroom/{id}/messages/{mid}/cancel.
func (a *API) cancelReply(ctx context.Context, in *MessageRefIn) (*messageOut, error) {
	notifyErr, err := a.config.Answers.Cancel(ctx, userOf(ctx), in.ID, in.MessageID)
	if err != nil {
		return nil, err
	}
	addToLog(ctx, "room", in.ID, "reply", in.MessageID)
	addWarning(ctx, "notify_err", notifyErr)
	m, err := a.config.Talk.Message(ctx, in.ref(ctx))
	if err != nil {
		return nil, err
	}
	return &messageOut{newMessage(m)}, nil
}

// retryReply handles POST /chatroom/{id}/messages/{mid}/retry.
func (a *API) retryReply(ctx context.Context, in *retryIn) (*retriedOut, error) {
	retried, err := a.config.Talk.Retry(ctx, talk.RetryRequest{Request: in.request(ctx), Message: in.MessageID})
	headers, err := askHeaders(ctx, retried.Sent, retried.Reply.Room, retried.Reply.ID, err)
	if err != nil {
		return nil, err
	}
	addToLog(ctx, "replayed", retried.Replayed)
	return &retriedOut{headers, newMessage(retried.Reply)}, nil
}

// editMessage handles PATCH /chatroom/{id}/messages/{mid}.
func (a *API) editMessage(ctx context.Context, in *editIn) (*editedOut, error) {
	sent, err := a.config.Talk.Edit(ctx, talk.EditRequest{
		Request: in.request(ctx),
		Message: in.MessageID,
		Text:    string(in.Body.Content),
	})
	headers, err := askHeaders(ctx, sent.Sent, sent.Prompt.Room, sent.Reply, err)
	if err != nil {
		return nil, err
	}
	addToLog(ctx, "replayed", sent.Replayed)
	return &editedOut{headers, newAcceptedBody(sent)}, nil
}

func (in *MessageRefIn) ref(ctx context.Context) talk.MessageRef {
	return talk.MessageRef{Owner: userOf(ctx), Room: in.ID, Message: in.MessageID}
}
