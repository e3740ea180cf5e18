// Package openai answers prompts with OpenAI's Chat Completions API, streamed
// (developers.openai.com/api/reference/chat-completions). It also works with
// other servers that have this API, such as Ollama, vLLM and OpenRouter.
package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/chat"
)

const (
	defaultBaseURL = "https://api.openai.com/v1"
	defaultModel   = "gpt-4.1-mini"
)

// Config holds the API key, the model and the address.
type Config struct {
	APIKey    string            // may be "" if BaseURL is set
	Model     string            // "" means gpt-4.1-mini, allowed only if BaseURL is ""
	BaseURL   string            // such as "http://127.0.0.1:11434/v1"; "" means OpenAI's address
	Transport http.RoundTripper // nil means a new transport, see httpclient.New
}

// LLM implements ports.LLM.
type LLM struct {
	completions openai.ChatCompletionService
	model       string
}

// New returns an LLM. It does not connect to the API yet. It fails when the key and the
// base URL are both missing. It also fails with a base URL but no model, because only
// OpenAI has the default model.
func New(c Config) (*LLM, error) {
	if c.APIKey == "" && c.BaseURL == "" || c.Model == "" && c.BaseURL != "" {
		return nil, errors.New("openai: an API key is required, or a base URL with a model")
	}
	service := openai.NewChatCompletionService( // openai.NewClient would read the environment
		option.WithBaseURL(cmp.Or(c.BaseURL, defaultBaseURL)),
		option.WithAPIKey(c.APIKey),
		option.WithMaxRetries(0),
		option.WithHTTPClient(httpclient.New(c.Transport)),
	)
	return &LLM{completions: service, model: cmp.Or(c.Model, defaultModel)}, nil
}

// Answer implements ports.LLM. It does not emit the model's reasoning, but its
// tokens count as output. The usage is zero if the server does not report it.
func (l *LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	a := answer{emit: emit}
	var response *http.Response
	stream := l.completions.NewStreaming(ctx, l.params(p), option.WithResponseInto(&response))
	defer func() { _ = stream.Close() }()
	for stream.Next() {
		if err := a.addChunk(stream.Current()); err != nil {
			return a.usage, err
		}
	}
	switch {
	case a.finishReason != "":
		return a.usage, a.result()
	case ctx.Err() != nil:
		return a.usage, fmt.Errorf("calling the LLM: %w", ctx.Err())
	}
	return a.usage, failure(stream.Err(), response)
}

// params returns the request for a prompt.
func (l *LLM) params(p chat.Prompt) openai.ChatCompletionNewParams {
	params := openai.ChatCompletionNewParams{Model: l.model}
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	if p.System != "" {
		params.Messages = append(params.Messages, openai.SystemMessage(p.System))
	}
	for _, turn := range p.Turns {
		message := openai.AssistantMessage(turn.Text)
		if turn.FromUser {
			message = openai.UserMessage(turn.Text)
		}
		params.Messages = append(params.Messages, message)
	}
	return params
}
