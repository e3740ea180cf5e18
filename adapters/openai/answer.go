package openai

import (
	"cmp"
	"errors"
	"math"

	"github.com/openai/openai-go/v3"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// answer collects the usage and the end of a streamed answer, and emits its text.
type answer struct {
	emit         func(delta string) error
	hasText      bool
	refused      bool
	usage        chat.Usage
	finishReason string
}

// addChunk emits the text of a chunk and keeps its usage and finish reason. It fails with the error of emit.
func (a *answer) addChunk(c openai.ChatCompletionChunk) error {
	if u := c.Usage; u.PromptTokens > 0 || u.CompletionTokens > 0 { // the total of all chunks so far
		a.usage = chat.Usage{In: tokens(u.PromptTokens), Out: tokens(u.CompletionTokens)}
	}
	for _, choice := range c.Choices { // at most one, because the request asks for one
		a.finishReason = cmp.Or(choice.FinishReason, a.finishReason)
		a.refused = a.refused || choice.Delta.Refusal != ""
		if err := a.emitText(choice.Delta); err != nil {
			return err
		}
	}
	return nil
}

// emitText emits the content of a delta. It ignores content that is not a string,
// such as a list of parts: the SDK puts its JSON into Content and marks it as invalid.
func (a *answer) emitText(d openai.ChatCompletionChunkChoiceDelta) error {
	if d.Content == "" || !d.JSON.Content.Valid() {
		return nil
	}
	a.hasText = true
	return a.emit(d.Content)
}

// tokens returns n, or the nearest number between 0 and math.MaxInt32, as ports.LLM
// requires.
func tokens(n int64) int { return int(min(max(0, n), math.MaxInt32)) }

// completeReasons are the finish reasons of an answer that is complete, or cut at
// the model's limit.
var completeReasons = map[string]bool{
	// OpenAI, platform.openai.com/docs/api-reference/chat-streaming
	"stop":   true,
	"length": true,
	// Mistral, docs.mistral.ai/api
	"model_length": true,
	// Text Generation Inference, huggingface.co/docs/text-generation-inference
	"eos_token":     true,
	"stop_sequence": true,
}

// result returns nil for a complete answer and a *reply.Failure for any other
// finished answer. An answer that was cut at the model's limit is complete.
func (a *answer) result() error {
	switch {
	case a.refused, a.finishReason == "content_filter":
		return &reply.Failure{Code: reply.CodeBlocked, Cause: errors.New("refused by the model or a content filter")}
	case a.hasText && completeReasons[a.finishReason]:
		return nil
	}
	cause := errors.New("no text, or an unexpected finish reason")
	return &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, Cause: cause}
}
