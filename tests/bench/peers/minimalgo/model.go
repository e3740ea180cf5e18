package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// model is a server with the method generateContent of Gemini (ai.google.dev/api/generate-content).
type model struct {
	url    string
	client *http.Client
}

type content struct {
	Role  string `json:"role"`
	Parts []part `json:"parts"`
}

type part struct {
	Text string `json:"text"`
}

// ask returns the answer of the model to a text.
func (m model) ask(ctx context.Context, text string) (string, error) {
	prompt := map[string][]content{"contents": {{Role: "user", Parts: []part{{Text: text}}}}}
	body, err := json.Marshal(prompt)
	if err != nil {
		return "", fmt.Errorf("encoding a prompt: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("creating a request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := m.client.Do(r)
	if err != nil {
		return "", fmt.Errorf("asking the model: %w", err)
	}
	defer res.Body.Close()
	return readAnswer(res)
}

// readAnswer returns the text in a response of the model.
func readAnswer(res *http.Response) (string, error) {
	var answer struct{ Candidates []struct{ Content content } }
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return "", fmt.Errorf("reading an answer: %w", err)
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return "", fmt.Errorf("decoding an answer with the status %s: %w", res.Status, err)
	}
	if len(answer.Candidates) == 0 || len(answer.Candidates[0].Content.Parts) == 0 {
		return "", errors.New("the answer has no text")
	}
	return answer.Candidates[0].Content.Parts[0].Text, nil
}
