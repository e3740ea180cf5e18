package openai

import (
	"cmp"
	"errors"
	"math"

	"github.com/openai/openai-go/v3"

	"github.com/kuvaka-tech/parley/core/chat"
)

// answer is what a stream has brought so far.
type answer struct {
	emit          func(string) error
	said, refused bool
	usage         chat.Usage
	finish        string
}

// take emits a chunk's text and notes the rest of it. It fails with emit's error.
func (a *answer) take(c openai.ChatCompletionChunk) error {
	if u := c.Usage; u.PromptTokens > 0 || u.CompletionTokens > 0 { // of all chunks so far
		a.usage = chat.Usage{In: count(u.PromptTokens), Out: count(u.CompletionTokens)}
	}
	for _, choice := range c.Choices { // one, as none more are asked for
		a.finish = cmp.Or(choice.FinishReason, a.finish)
		a.refused = a.refused || choice.Delta.Refusal != ""
		if err := a.say(choice.Delta); err != nil {
			return err
		}
	}
	return nil
}

// say emits a text; of content that is none, such as a list of parts, the SDK makes one, invalid.
func (a *answer) say(d openai.ChatCompletionChunkChoiceDelta) error {
	if d.Content == "" || !d.JSON.Content.Valid() {
		return nil
	}
	a.said = true
	return a.emit(d.Content)
}

// count is n as far as it can be a number of tokens.
func count(n int64) int { return int(min(max(0, n), math.MaxInt32)) }

// whole are the finishes of an answer that has come to its end, or to the model's: OpenAI's
// own (platform.openai.com/docs/api-reference/chat-streaming), then those that Mistral
// (docs.mistral.ai/api) and Text Generation Inference (huggingface.co/docs/text-generation-inference) have beside them.
var whole = map[string]bool{"stop": true, "length": true, "model_length": true, "eos_token": true, "stop_sequence": true}

// verdict is nil for a whole answer, and the failure of any other that has ended.
// An answer cut at the model's limit counts as whole.
func (a *answer) verdict() error {
	switch {
	case a.refused, a.finish == "content_filter":
		return &chat.Failure{Code: chat.CodeBlocked, Cause: errors.New("the model refuses, or a filter does")}
	case a.said && whole[a.finish]:
		return nil
	}
	return &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, Cause: errors.New("its end is not that of an answer")}
}
