// Package openai answers prompts with OpenAI's Chat Completions API, streamed
// (developers.openai.com/api/reference/chat-completions), or with whatever else
// speaks it: Ollama, vLLM, OpenRouter.
package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/outgoing"
)

// Config says which model answers, and where.
type Config struct {
	APIKey    string            // "" is allowed where BaseURL is set
	Model     string            // "" for gpt-4.1-mini, of OpenAI's own only
	BaseURL   string            // such as "http://127.0.0.1:11434/v1", "" for OpenAI's
	Transport http.RoundTripper // nil for one of the adapter's own
}

// LLM is a ports.LLM.
type LLM struct {
	chat  openai.ChatCompletionService
	model string
}

// New makes an LLM and connects to nothing yet. It fails with neither a key nor
// a base URL, and with a base URL and no model: other services have models of their own.
func New(c Config) (*LLM, error) {
	if c.APIKey == "" && c.BaseURL == "" || c.Model == "" && c.BaseURL != "" {
		return nil, errors.New("openai: an API key is needed, or a base URL and a model")
	}
	return &LLM{openai.NewChatCompletionService( // the whole client would read the environment
		option.WithBaseURL(cmp.Or(c.BaseURL, "https://api.openai.com/v1")), option.WithAPIKey(c.APIKey), option.WithMaxRetries(0),
		option.WithHTTPClient(outgoing.Client(c.Transport)),
	), cmp.Or(c.Model, "gpt-4.1-mini")}, nil
}

// Answer streams the model's answer, without its reasoning, whose tokens count as
// the answer's. The usage is zero with a server that does not count.
func (l *LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	a := answer{emit: emit}
	var head *http.Response
	stream := l.chat.NewStreaming(ctx, l.params(p), option.WithResponseInto(&head))
	defer func() { _ = stream.Close() }()
	for stream.Next() {
		if err := a.take(stream.Current()); err != nil {
			return a.usage, err
		}
	}
	switch {
	case a.finish != "":
		return a.usage, a.verdict()
	case ctx.Err() != nil:
		return a.usage, fmt.Errorf("asking the model: %w", ctx.Err())
	}
	return a.usage, failed(stream.Err(), head)
}

func (l *LLM) params(p chat.Prompt) openai.ChatCompletionNewParams {
	all := openai.ChatCompletionNewParams{Model: l.model}
	all.StreamOptions.IncludeUsage = openai.Bool(true)
	if p.System != "" {
		all.Messages = append(all.Messages, openai.SystemMessage(p.System))
	}
	for _, t := range p.Turns {
		said := openai.AssistantMessage(t.Text)
		if t.FromUser {
			said = openai.UserMessage(t.Text)
		}
		all.Messages = append(all.Messages, said)
	}
	return all
}
