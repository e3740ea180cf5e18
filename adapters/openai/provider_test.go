package openai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
	"github.com/kuvaka-tech/parley/adapters/openai"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// provider is the server side of developers.openai.com/api/reference/chat-completions.
type provider struct{}

// object is a JSON object.
type object = map[string]any

func (provider) Name() string { return "openai" }

func (provider) NewLLM(serverURL string, transport http.RoundTripper) (ports.LLM, error) {
	return openai.New(openai.Config{
		APIKey:    llmtest.Key,
		Model:     llmtest.Model,
		BaseURL:   serverURL + "/v1",
		Transport: transport,
	})
}

const completionsPath = "/v1/chat/completions"

type completionsRequest struct {
	Model         string          `json:"model"`
	Stream        bool            `json:"stream"`
	StreamOptions map[string]bool `json:"stream_options"`
	Messages      []message       `json:"messages"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

func (provider) ParsePrompt(r *http.Request) (p chat.Prompt, err error) {
	authorized := r.Header.Get("Authorization") == "Bearer "+llmtest.Key
	if r.Method != http.MethodPost || r.URL.String() != completionsPath || !authorized {
		return p, errors.New("unexpected method, path or key")
	}
	var body completionsRequest
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return p, err
	}
	options := body.StreamOptions
	if body.Model != llmtest.Model || !body.Stream || !options["include_usage"] || len(options) != 1 {
		return p, fmt.Errorf("unexpected model %q, stream %v or stream options %v", body.Model, body.Stream, options)
	}
	return parseMessages(body.Messages)
}

func parseMessages(messages []message) (p chat.Prompt, err error) {
	for i, m := range messages {
		switch m.Role {
		case "system":
			if i != 0 {
				return p, fmt.Errorf("the system text is message %d, want it first", i)
			}
			p.System = m.Content
		case "user", "assistant":
			p.Turns = append(p.Turns, chat.Turn{FromUser: m.Role == "user", Text: m.Content})
		default:
			return p, fmt.Errorf("unexpected role %q", m.Role)
		}
	}
	return p, nil
}

// WriteError asks for a wait in milliseconds in a 429, as OpenAI does, and in
// seconds in any other response.
func (provider) WriteError(w http.ResponseWriter, response portstest.LLMResponse, p chat.Prompt) {
	if wait := response.RetryAfter; wait > 0 && response.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After-Ms", strconv.Itoa(int(wait.Milliseconds())))
	} else if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	}
	w.Header().Set("Location", completionsPath)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(response.Status)
	quote := fmt.Sprint(p)
	_ = json.NewEncoder(w).Encode(object{"error": object{
		"message": quote, "type": quote, "code": quote, "param": quote,
	}})
}

var finishReasons = map[portstest.LLMEnd]string{
	portstest.LLMComplete: "stop",
	portstest.LLMAtLimit:  "length",
	portstest.LLMBlocked:  "content_filter",
}

// WriteStream sends a comment and reasoning before the text, as some compatible
// servers do. It reports the usage after the finish reason, as OpenAI does, or in
// each chunk if there is no finish reason, as some compatible servers do.
func (provider) WriteStream(s *llmtest.Stream, response portstest.LLMResponse, p chat.Prompt) {
	finishReason, finishes := finishReasons[response.End]
	// Without deltas, LLMDisconnects closes the connection before any response.
	if len(response.Deltas) > 0 || response.End != portstest.LLMDisconnects {
		s.Send(": PROCESSING")
	}
	if len(response.Deltas) > 0 || response.End == portstest.LLMComplete {
		reasoning := fmt.Sprint("thinking about ", p)
		s.SendJSON(chunk("", object{"role": "assistant", "content": "", "reasoning_content": reasoning}))
	}
	for i, delta := range response.Deltas {
		c := chunk("", object{"content": delta})
		if !finishes {
			out := response.Usage.Out * (i + 1) / len(response.Deltas)
			c["usage"] = usage(chat.Usage{In: response.Usage.In, Out: out})
		}
		s.SendJSON(c)
	}
	switch {
	case finishes:
		s.SendJSON(chunk(finishReason, object{}))
		s.SendJSON(usageChunk(response.Usage))
		s.Send("data: [DONE]")
	case response.End == portstest.LLMError:
		s.SendJSON(object{"error": object{"message": fmt.Sprint(p), "type": "server_error", "code": nil}})
	}
}

func (provider) AnswerBody(text, finishReason string) string {
	return event(chunk(finishReason, object{"content": text})) + event(usageChunk(llmtest.AnswerUsage)) + done
}

// done is the last event of a stream.
const done = "data: [DONE]\n\n"

// event returns a server-sent event with the JSON of value.
func event(value object) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return "data: " + string(data) + "\n\n"
}

// chunk returns one chunk of a stream with one choice.
func chunk(finishReason string, delta object) object {
	choice := object{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": nil}
	if finishReason != "" {
		choice["finish_reason"] = finishReason
	}
	return object{
		"id":      "chatcmpl-1",
		"object":  "chat.completion.chunk",
		"created": 1,
		"model":   llmtest.Model,
		"choices": []any{choice},
		"usage":   nil,
	}
}

// usageChunk returns the chunk with the usage. It has no choices.
func usageChunk(u chat.Usage) object {
	return object{"object": "chat.completion.chunk", "choices": []any{}, "usage": usage(u)}
}

// usage returns the usage object. The completion tokens include the reasoning tokens.
func usage(u chat.Usage) object {
	return object{
		"prompt_tokens":             u.In,
		"completion_tokens":         u.Out,
		"total_tokens":              u.In + u.Out,
		"completion_tokens_details": object{"reasoning_tokens": u.Out / 3},
	}
}
