package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/fault"
)

type sendIn struct {
	AskIn
	Accept string `header:"Accept" hidden:"true"` // OpenAPI 3.1 ignores a parameter with this name
	PromptIn
}

// sendOut is a response of JSON or of events, which Body writes.
type sendOut struct {
	Status int
	AskHeaders
	Body func(huma.Context)
}

func (a *API) registerSend() {
	register(a, route{
		method:   http.MethodPost,
		path:     "/chatroom/{id}/message",
		status:   http.StatusAccepted,
		tag:      tagRooms,
		asks:     true,
		refusals: append([]*fault.Error{errInvalidRequest}, askRefusals...),
		summary:  "Send a message",
		doc: "The message is stored before the response, and answered in the background. " +
			"A request with the Idempotency-Key of an earlier request, within 24 hours, " +
			"gets the earlier response and sends no second message. " +
			"A user may have a limited number of queued replies. " +
			"`rate_limited` means here that this number is reached: wait until some of them are answered. " +
			"`overloaded` means that the reply would wait longer than 5 minutes (try again in a few minutes), " +
			"or that the service can take no more messages on this day. Retry-After says which. " +
			"With Accept: text/event-stream, the response has the status 200 and the events of this message " +
			"and its reply, up to the final one. A client that disconnects does not stop the reply.",
	}, a.sendMessage)
	responses := a.huma.OpenAPI().Paths["/chatroom/{id}/message"].Post.Responses
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[AcceptedBody](), true, "AcceptedBody")
	accepted := responses[strconv.Itoa(http.StatusAccepted)]
	accepted.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
	responses[strconv.Itoa(http.StatusOK)] = &huma.Response{
		Description: "The events of the message and its reply, with Accept: text/event-stream.",
		Headers:     accepted.Headers,
		Content:     eventStreamContent(),
	}
}

// sendMessage handles POST /chatroom/{id}/message.
func (a *API) sendMessage(ctx context.Context, in *sendIn) (*sendOut, error) {
	sent, err := a.config.Talk.Send(ctx, talk.SendRequest{Request: in.request(ctx), Text: string(in.Body.Content)})
	headers, err := askHeaders(ctx, sent.Sent, sent.Prompt.Room, sent.Reply, err)
	if err != nil {
		return nil, err
	}
	addToLog(ctx, "replayed", sent.Replayed)
	if !acceptsEvents(in.Accept) {
		return &sendOut{
			Status:     http.StatusAccepted,
			AskHeaders: headers,
			Body:       jsonBody(http.StatusAccepted, newAcceptedBody(sent)),
		}, nil
	}
	stream := func(ctx context.Context) updates { return a.config.Talk.WatchReply(ctx, sent) }
	return &sendOut{
		Status:     http.StatusOK,
		AskHeaders: headers,
		Body:       a.eventStream(stream, roomEventID(sent.Prompt.Room)),
	}, nil
}

// jsonBody returns a function that writes a response of JSON.
func jsonBody(status int, body any) func(huma.Context) {
	return func(ctx huma.Context) {
		_, w := humachi.Unwrap(ctx)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(body) // fails only when the client has disconnected
	}
}
