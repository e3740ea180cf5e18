package gemini_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/kuvaka-tech/parley/adapters/gemini"
	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// provider is the server side of ai.google.dev/api/generate-content.
type provider struct{}

// object is a JSON object.
type object = map[string]any

func (provider) Name() string { return "gemini" }

func (provider) NewLLM(serverURL string, transport http.RoundTripper) (ports.LLM, error) {
	return gemini.New(context.Background(), gemini.Config{
		APIKey:    llmtest.Key,
		Model:     llmtest.Model,
		BaseURL:   serverURL,
		Transport: transport,
	})
}

const streamPath = "/v1beta/models/" + llmtest.Model + ":streamGenerateContent?alt=sse"

type content struct {
	Role  string              `json:"role,omitempty"`
	Parts []map[string]string `json:"parts"`
}

func (provider) ParsePrompt(r *http.Request) (p chat.Prompt, err error) {
	if r.Method != http.MethodPost || r.URL.String() != streamPath || r.Header.Get("x-goog-api-key") != llmtest.Key {
		return p, errors.New("unexpected method, path or key")
	}
	var body struct {
		Contents          []content `json:"contents"`
		SystemInstruction *content  `json:"systemInstruction"`
		GenerationConfig  struct{}  `json:"generationConfig"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return p, err
	}
	if s := body.SystemInstruction; s != nil {
		p.System = s.Parts[0]["text"]
	}
	for _, c := range body.Contents {
		if c.Role != "user" && c.Role != "model" || len(c.Parts) != 1 || len(c.Parts[0]) != 1 {
			return p, fmt.Errorf("unexpected content of role %q with %d parts", c.Role, len(c.Parts))
		}
		p.Turns = append(p.Turns, chat.Turn{FromUser: c.Role == "user", Text: c.Parts[0]["text"]})
	}
	return p, nil
}

// WriteError asks for a wait in the body of a 429, as Google does, and in the
// header of any other response.
func (provider) WriteError(w http.ResponseWriter, response portstest.LLMResponse, p chat.Prompt) {
	details := []any{object{"@type": "type.googleapis.com/google.rpc.Help", "links": []any{fmt.Sprint(p)}}}
	if wait := response.RetryAfter; wait > 0 && response.Status == http.StatusTooManyRequests {
		details = append(details, object{
			"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": wait.String(),
		})
	} else if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	}
	w.Header().Set("Location", streamPath)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(response.Status)
	_ = json.NewEncoder(w).Encode(object{"error": object{
		"code": response.Status, "status": "A_NAME", "message": fmt.Sprintf("cannot answer %v", p), "details": details,
	}})
}

// WriteStream reports the usage in each chunk. The number of output tokens grows until the last delta.
func (provider) WriteStream(s *llmtest.Stream, response portstest.LLMResponse, p chat.Prompt) {
	s.LineEnd = "\r\n"
	if len(response.Deltas) > 0 || response.End == portstest.LLMComplete {
		s.SendJSON(chunk("", object{"text": fmt.Sprint("thinking about ", p), "thought": true}))
	}
	for i, delta := range response.Deltas {
		usage := response.Usage
		if i < len(response.Deltas)-1 {
			usage.Out = i
		}
		s.SendJSON(withUsage(chunk("", object{"text": delta}), usage))
	}
	switch response.End {
	case portstest.LLMComplete:
		s.SendJSON(withUsage(chunk("STOP", object{"text": ""}), response.Usage))
	case portstest.LLMAtLimit:
		s.SendJSON(withUsage(chunk("MAX_TOKENS", object{"text": ""}), response.Usage))
	case portstest.LLMBlocked:
		s.SendJSON(blockChunk(len(response.Deltas) == 0, fmt.Sprint(p)))
	case portstest.LLMError:
		s.SendJSON(object{"error": object{"code": 503, "status": "UNAVAILABLE", "message": fmt.Sprint(p)}})
	}
}

func (provider) AnswerBody(text, finishReason string) string {
	answer := withUsage(chunk(finishReason, object{"text": text}), llmtest.AnswerUsage)
	data, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	return "data: " + string(data) + "\n\n"
}

// chunk returns one chunk of a stream with one candidate.
func chunk(finishReason string, part object) object {
	candidate := object{"index": 0, "content": object{"role": "model", "parts": []object{part}}}
	if finishReason != "" {
		candidate["finishReason"] = finishReason
	}
	return object{"candidates": []any{candidate}, "modelVersion": llmtest.Model}
}

// withUsage adds the usage to a chunk. The API counts thoughts and text separately.
func withUsage(chunk object, u chat.Usage) object {
	thoughts := u.Out / 3
	chunk["usageMetadata"] = object{
		"promptTokenCount":     u.In,
		"thoughtsTokenCount":   thoughts,
		"candidatesTokenCount": u.Out - thoughts,
	}
	return chunk
}

// blockChunk returns the chunk that blocks the prompt, or the answer to it.
func blockChunk(prompt bool, message string) object {
	if prompt {
		return object{"promptFeedback": object{"blockReason": "SAFETY", "blockReasonMessage": message}}
	}
	return object{"candidates": []any{object{"finishReason": "SAFETY", "finishMessage": message}}}
}
