// Package gemini answers prompts with Google's Gemini API
// (ai.google.dev/api/generate-content, streamGenerateContent).
package gemini

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/genai"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/outgoing"
)

// Config says which model answers, and where.
type Config struct {
	APIKey    string
	Model     string            // "" for gemini-2.5-flash
	BaseURL   string            // "" for Google's
	Transport http.RoundTripper // nil for one of the adapter's own
}

const google = "https://generativelanguage.googleapis.com/"

// LLM is a ports.LLM.
type LLM struct {
	models *genai.Models
	model  string
}

// New makes an LLM and connects to nothing yet. It fails without a key.
func New(ctx context.Context, c Config) (*LLM, error) {
	if c.APIKey == "" {
		return nil, errors.New("gemini: an API key is needed")
	}
	asking := outgoing.Client(c.Transport)
	asking.Transport = noting{asking.Transport}
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey:      c.APIKey,
		Backend:     genai.BackendGeminiAPI, // or the environment would choose
		HTTPClient:  asking,
		HTTPOptions: genai.HTTPOptions{BaseURL: cmp.Or(c.BaseURL, google)},
	})
	if err != nil {
		return nil, errors.New("gemini: the client refuses its configuration") // its error prints the key
	}
	return &LLM{client.Models, cmp.Or(c.Model, "gemini-2.5-flash")}, nil
}

// Answer streams the model's answer, without its thoughts, whose tokens count as the answer's.
func (l *LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	a := answer{emit: emit}
	ctx, head := withHead(ctx)
	broken := error(outgoing.Flaw("it has no finish reason"))
	for chunk, err := range steady(l.models.GenerateContentStream(ctx, l.model, contents(p), settings(p))) {
		if err != nil {
			broken = err
			break
		}
		if err := a.take(chunk); err != nil {
			return a.usage, err
		}
	}
	switch {
	case a.ended():
		return a.usage, a.verdict()
	case ctx.Err() != nil:
		return a.usage, fmt.Errorf("asking Gemini: %w", ctx.Err())
	}
	return a.usage, failed(broken, *head)
}

// settings asks for one stream: by default the SDK resumes broken ones with calls of its own.
func settings(p chat.Prompt) *genai.GenerateContentConfig {
	c := &genai.GenerateContentConfig{AutomaticContinuation: new(false)}
	if p.System != "" {
		c.SystemInstruction = genai.NewContentFromText(p.System, genai.RoleUser)
	}
	return c
}

func contents(p chat.Prompt) []*genai.Content {
	var all []*genai.Content
	for _, t := range p.Turns {
		role := genai.Role(genai.RoleModel)
		if t.FromUser {
			role = genai.RoleUser
		}
		all = append(all, genai.NewContentFromText(t.Text, role))
	}
	return all
}
