package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/kuvaka-tech/parley/core/chat"
)

// The types in this file are strings in requests and responses, some of them nullable. Each type returns its
// OpenAPI schema, because the same struct tags would be long and repeated.

type messageID string

// Schema implements huma.SchemaProvider.
func (messageID) Schema(huma.Registry) *huma.Schema {
	return stringSchema("01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a")
}

type roomID string

// Schema implements huma.SchemaProvider.
func (roomID) Schema(huma.Registry) *huma.Schema {
	return stringSchema("01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f")
}

type messageText string

// Schema implements huma.SchemaProvider.
func (messageText) Schema(huma.Registry) *huma.Schema {
	return stringSchema("Explain quantum computing in simple terms")
}

// safeHTML is HTML of renderMarkdown.
type safeHTML string

// Schema implements huma.SchemaProvider.
func (safeHTML) Schema(huma.Registry) *huma.Schema {
	return stringSchema("<p>Quantum computers use <strong>qubits</strong>.</p>\n")
}

// promptText is the content of a message that a client sends.
type promptText string

// Schema implements huma.SchemaProvider.
func (promptText) Schema(r huma.Registry) *huma.Schema {
	return withLength(messageText("").Schema(r), 1, 8000)
}

// systemPrompt is the system prompt of a room in a request.
type systemPrompt struct{ nullableText }

// Schema implements huma.SchemaProvider.
func (systemPrompt) Schema(huma.Registry) *huma.Schema {
	s := stringSchema("Answer briefly.")
	s.MaxLength = new(4000)
	s.Description = "Instructions for the model, in addition to those of the server. " +
		"Null or a blank text means none."
	return s
}

type replyStatus chat.Status

// Schema implements huma.SchemaProvider.
func (replyStatus) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, status := range []chat.Status{chat.Queued, chat.Running, chat.Done, chat.Failed, chat.Cancelled} {
		s.Enum = append(s.Enum, string(status))
	}
	return s
}

type password string

// Schema implements huma.SchemaProvider.
func (password) Schema(huma.Registry) *huma.Schema {
	s := stringSchema("correct horse battery")
	s.Format = "password"
	return s
}

// returnURL is the URL of a page of the client.
type returnURL string

// Schema implements huma.SchemaProvider.
func (returnURL) Schema(huma.Registry) *huma.Schema {
	return withLength(&huma.Schema{Type: huma.TypeString}, 1, 2048)
}

func stringSchema(example string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{example}}
}

// withLength limits the number of characters.
func withLength(s *huma.Schema, minimum, maximum int) *huma.Schema {
	s.MinLength = &minimum
	s.MaxLength = &maximum
	return s
}
