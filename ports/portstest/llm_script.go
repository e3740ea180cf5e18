package portstest

import (
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// LLMScript says how the fake provider of an adapter responds to a prompt. The fake
// provider calls it once for each request, from any goroutine, with the prompt as
// it has parsed it from the request.
type LLMScript func(chat.Prompt) LLMResponse

// LLMResponse is how the fake provider responds to one request. An error response
// must quote the prompt in its message, as real providers may do: the suite checks
// that the adapter's error does not contain it. The provider reports the usage
// however the answer ends: if the protocol has no place for it after the deltas, it
// reports it with each delta, and all of it with the last one.
type LLMResponse struct {
	Status       int           // responds with this HTTP status, a 3xx with a redirect to the same URL; 0 answers
	RetryAfter   time.Duration // the wait that an error response asks for, in whole seconds; 0 for none
	Deltas       []string      // sent and flushed one by one
	Usage        chat.Usage    // counted with chat.Tokens, so that a fake can also count it itself
	End          LLMEnd        // what happens after the deltas
	OnDisconnect func()        // must be called when the adapter closes the connection of an answer that hangs
}

// LLMEnd is how an answer ends.
type LLMEnd uint8

// The ends of an answer.
const (
	LLMComplete    LLMEnd = iota
	LLMAtLimit            // at the model's own length limit
	LLMBlocked            // by the provider's safety rules: the prompt if there are no deltas, else the answer
	LLMUnfinished         // without an error, but also without a finish reason
	LLMError              // with an error in the stream which says that the provider is overloaded
	LLMDisconnects        // the provider closes the connection; without deltas, before it sends a status
	LLMHangs              // the provider sends nothing more until the adapter disconnects
)

func alwaysRespond(r LLMResponse) LLMScript { return func(chat.Prompt) LLMResponse { return r } }

// answerWith returns a complete answer to the prompt.
func answerWith(p chat.Prompt, deltas ...string) LLMResponse {
	u := chat.Usage{In: chat.Tokens(p.System), Out: chat.Tokens(strings.Join(deltas, ""))}
	for _, turn := range p.Turns {
		u.In += chat.Tokens(turn.Text)
	}
	return LLMResponse{Deltas: deltas, Usage: u}
}

// hangAfter returns a script that hangs after the deltas. The channel reports that
// the adapter has disconnected.
func hangAfter(deltas ...string) (LLMScript, <-chan struct{}) {
	disconnected := make(chan struct{}, 1)
	response := answerWith(secretPrompt, deltas...)
	response.End = LLMHangs
	response.OnDisconnect = func() { disconnected <- struct{}{} }
	return alwaysRespond(response), disconnected
}
