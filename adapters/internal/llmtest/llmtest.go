// Package llmtest tests adapters that implement ports.LLM with a provider's HTTP
// API. Only test files import it. To test an adapter:
//
//  1. Implement Provider in a test file. It is the server side of the API: it
//     parses requests and writes responses.
//
//  2. Call Test. It runs the contract of the port, portstest.LLM, against a
//     server that speaks the API, and the cases that all HTTP adapters share:
//     redirects, the Retry-After header, error pages of proxies, malformed
//     streams, and so on.
//
//  3. Add what only this provider sends: its finish reasons with
//     TestFinishReasons, its error responses with TestFailures, and its malformed
//     streams with TestMalformedStreams.
//
//  4. Fuzz the adapter with FuzzAnswer.
//
// Write any other test with Connect, which starts a server for the adapter, and
// Ask, which sends a prompt:
//
//	llm := llmtest.Connect(t, provider{}, llmtest.Respond(503, nil, "overloaded"))
//	llmtest.Ask(t, llm).WantFailure(t, llmtest.Unavailable)
//
// The tests of adapters/openai are an example.
package llmtest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// Canary is part of Key and of each text of Question. No error and no log may contain it.
const Canary = "canary"

// Key and Model configure the adapter under test.
const (
	Key   = "key-" + Canary
	Model = "test-model"
)

// Question is the prompt that Ask sends.
var Question = chat.Prompt{
	System: "Be kind, prompt-" + Canary + ".",
	Turns:  []chat.Turn{{FromUser: true, Text: "What is a prompt-" + Canary + "?"}},
}

// AnswerUsage is the usage in Provider.AnswerBody.
var AnswerUsage = chat.Usage{In: 7, Out: 42}

// The failures that an adapter returns. If the provider asks for a wait, the adapter
// also sets RetryAfter. Misconfigured means that the operator must correct the key,
// the account, the address or the model.
var (
	Unavailable   = reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
	Misconfigured = reply.Failure{Code: reply.CodeUnavailable}
	Rejected      = reply.Failure{Code: reply.CodeRejected}
	Blocked       = reply.Failure{Code: reply.CodeBlocked}
)

// Provider is the adapter under test with the server side of its API.
type Provider interface {
	// Name returns the provider's name in the causes of failures. The cause of an
	// error response is "<name> answered <status>", with details after it.
	Name() string

	// NewLLM returns the adapter, configured with Key, Model, the address of the
	// server, such as "http://127.0.0.1:1234", and the transport.
	NewLLM(serverURL string, transport http.RoundTripper) (ports.LLM, error)

	// ParsePrompt returns the prompt of a request. It is as strict as the provider: it
	// fails if the method, the path, the key or the body is wrong, and if the body has
	// an unknown field.
	ParsePrompt(r *http.Request) (chat.Prompt, error)

	// WriteError responds with response.Status and asks for the wait
	// response.RetryAfter. All texts in it quote the prompt, as real providers may do.
	WriteError(w http.ResponseWriter, response portstest.LLMResponse, p chat.Prompt)

	// WriteStream streams response.Deltas with response.Usage and then ends as
	// response.End says. It returns after the last delta if the stream has no regular
	// end (LLMUnfinished, LLMDisconnects and LLMHangs); Serve does the rest. If the API
	// can stream the model's reasoning, WriteStream sends some reasoning that quotes the
	// prompt before the deltas.
	WriteStream(s *Stream, response portstest.LLMResponse, p chat.Prompt)

	// AnswerBody returns the body of a streamed answer. Its first event contains
	// the text and the finish reason. It reports AnswerUsage.
	AnswerBody(text, finishReason string) string
}

// Connect starts a server with the handler and returns the adapter, configured to
// call this server. The server is closed at the end of the test.
func Connect(t testing.TB, p Provider, h http.Handler) ports.LLM {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return newLLM(t, p, server.URL)
}

func newLLM(t testing.TB, p Provider, serverURL string) ports.LLM {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	llm, err := p.NewLLM(serverURL, transport)
	if err != nil {
		t.Fatalf("creating the adapter: %v", err)
	}
	return llm
}
