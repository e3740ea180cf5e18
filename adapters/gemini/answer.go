package gemini

import (
	"fmt"
	"iter"
	"math"

	"google.golang.org/genai"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// answer collects the usage and the end of a streamed answer, and emits its text.
type answer struct {
	emit         func(delta string) error
	hasText      bool
	usage        chat.Usage
	blockReason  genai.BlockedReason
	finishReason genai.FinishReason
}

// addChunk emits the text of a chunk and keeps its usage and reasons. It fails with the error of emit.
func (a *answer) addChunk(r *genai.GenerateContentResponse) error {
	if u := r.UsageMetadata; u != nil { // the total of all chunks so far
		a.usage = chat.Usage{
			In:  tokens(u.PromptTokenCount),
			Out: tokens(u.CandidatesTokenCount, u.ThoughtsTokenCount),
		}
	}
	if r.PromptFeedback != nil {
		a.blockReason = r.PromptFeedback.BlockReason
	}
	for _, c := range r.Candidates { // at most one, because the request asks for one
		if c.FinishReason != genai.FinishReasonUnspecified && c.FinishReason != "" {
			a.finishReason = c.FinishReason
		}
		if err := a.emitText(c.Content); err != nil {
			return err
		}
	}
	return nil
}

// tokens returns the sum of the counts. The result is between 0 and math.MaxInt32, as
// ports.LLM requires, even if the API sends a count outside of this range.
func tokens(counts ...int32) int {
	sum := 0
	for _, n := range counts {
		sum += max(0, int(n))
	}
	return min(sum, math.MaxInt32)
}

// emitText emits the parts that are text and not thoughts.
func (a *answer) emitText(c *genai.Content) error {
	if c == nil {
		return nil
	}
	for _, part := range c.Parts {
		if part == nil || part.Thought || part.Text == "" {
			continue
		}
		a.hasText = true
		if err := a.emit(part.Text); err != nil {
			return err
		}
	}
	return nil
}

// finished reports whether the stream contained a finish reason or a block reason.
func (a *answer) finished() bool { return a.blockReason != "" || a.finishReason != "" }

// result returns nil for a complete answer and a *reply.Failure for any other
// finished answer. An answer that was cut at the model's limit is complete. The
// reasons are at ai.google.dev/api/generate-content, FinishReason and BlockReason.
func (a *answer) result() error {
	if a.blockReason != "" {
		cause := fmt.Errorf("block reason %s", safeName(string(a.blockReason)))
		return &reply.Failure{Code: reply.CodeBlocked, Cause: cause}
	}
	cause := fmt.Errorf("finish reason %s", safeName(string(a.finishReason)))
	switch a.finishReason {
	case genai.FinishReasonStop, genai.FinishReasonMaxTokens:
		if a.hasText {
			return nil
		}
	case genai.FinishReasonSafety, genai.FinishReasonRecitation, genai.FinishReasonProhibitedContent,
		genai.FinishReasonBlocklist, genai.FinishReasonSPII, genai.FinishReasonImageSafety,
		genai.FinishReasonImageProhibitedContent, genai.FinishReasonImageRecitation:
		return &reply.Failure{Code: reply.CodeBlocked, Cause: cause}
	}
	return &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, Cause: cause}
}

// recoverPanics returns a stream that ends with an error when the SDK panics. The SDK
// panics when a field of a chunk has an unexpected type. recoverPanics does not recover
// a panic in the body of the caller's loop, such as a panic of emit.
func recoverPanics[T any](stream iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		inSDK := true
		defer func() {
			if inSDK && recover() != nil {
				var zero T
				yield(zero, httpclient.Error("a chunk has an unexpected shape"))
			}
		}()
		for chunk, err := range stream {
			inSDK = false
			if !yield(chunk, err) {
				return
			}
			inSDK = true
		}
	}
}
