// Package gemini answers prompts with Google's Gemini API. It uses the method
// streamGenerateContent (ai.google.dev/api/generate-content).
package gemini

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/genai"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/chat"
)

const (
	defaultBaseURL = "https://generativelanguage.googleapis.com/"
	defaultModel   = "gemini-2.5-flash"
)

// Config holds the API key, the model and the address.
type Config struct {
	APIKey    string
	Model     string            // "" means gemini-2.5-flash
	BaseURL   string            // "" means Google's address
	Transport http.RoundTripper // nil means a new transport, see httpclient.New
}

// LLM implements ports.LLM.
type LLM struct {
	models *genai.Models
	model  string
}

// New returns an LLM. It does not connect to the API yet. It fails without an API key.
func New(ctx context.Context, c Config) (*LLM, error) {
	if c.APIKey == "" {
		return nil, errors.New("gemini: an API key is required")
	}
	httpClient := httpclient.New(c.Transport)
	httpClient.Transport = headRecorder{httpClient.Transport}
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey:      c.APIKey,
		Backend:     genai.BackendGeminiAPI, // without it, the SDK reads the environment
		HTTPClient:  httpClient,
		HTTPOptions: genai.HTTPOptions{BaseURL: cmp.Or(c.BaseURL, defaultBaseURL)},
	})
	if err != nil { // the error is not wrapped, because its text contains the key
		return nil, errors.New("gemini: the SDK does not accept the configuration")
	}
	return &LLM{models: client.Models, model: cmp.Or(c.Model, defaultModel)}, nil
}

// Answer implements ports.LLM. It does not emit the model's thoughts, but their
// tokens count as output.
func (l *LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	a := answer{emit: emit}
	ctx, head := recordHead(ctx)
	streamErr := error(httpclient.Error("the stream has no finish reason"))
	stream := recoverPanics(l.models.GenerateContentStream(ctx, l.model, contents(p), generateConfig(p)))
	for chunk, err := range stream {
		if err != nil {
			streamErr = err
			break
		}
		if err := a.addChunk(chunk); err != nil {
			return a.usage, err
		}
	}
	switch {
	case a.finished():
		return a.usage, a.result()
	case ctx.Err() != nil:
		return a.usage, fmt.Errorf("calling Gemini: %w", ctx.Err())
	}
	return a.usage, failure(streamErr, *head)
}

// generateConfig returns the options of the request. It disables automatic
// continuation: the SDK would send another request when a stream breaks.
func generateConfig(p chat.Prompt) *genai.GenerateContentConfig {
	c := &genai.GenerateContentConfig{AutomaticContinuation: new(false)}
	if p.System != "" {
		c.SystemInstruction = genai.NewContentFromText(p.System, genai.RoleUser)
	}
	return c
}

// contents returns the turns of the prompt in the SDK's format.
func contents(p chat.Prompt) []*genai.Content {
	var all []*genai.Content
	for _, turn := range p.Turns {
		role := genai.Role(genai.RoleModel)
		if turn.FromUser {
			role = genai.RoleUser
		}
		all = append(all, genai.NewContentFromText(turn.Text, role))
	}
	return all
}
