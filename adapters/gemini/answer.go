package gemini

import (
	"fmt"
	"iter"
	"math"

	"google.golang.org/genai"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/outgoing"
)

// answer is what a stream has brought so far.
type answer struct {
	emit   func(string) error
	said   bool
	usage  chat.Usage
	block  genai.BlockedReason
	finish genai.FinishReason
}

// take emits a chunk's text and notes the rest of it. It fails with emit's error.
func (a *answer) take(r *genai.GenerateContentResponse) error {
	if u := r.UsageMetadata; u != nil { // of all chunks so far
		a.usage = chat.Usage{In: tokens(u.PromptTokenCount), Out: tokens(u.CandidatesTokenCount, u.ThoughtsTokenCount)}
	}
	if r.PromptFeedback != nil {
		a.block = r.PromptFeedback.BlockReason
	}
	for _, c := range r.Candidates { // one, as none more are asked for
		if c.FinishReason != genai.FinishReasonUnspecified && c.FinishReason != "" {
			a.finish = c.FinishReason
		}
		if err := a.say(c.Content); err != nil {
			return err
		}
	}
	return nil
}

// tokens adds counts up to one that every store can keep, whatever the company says.
func tokens(counts ...int32) int {
	sum := 0
	for _, n := range counts {
		sum += max(0, int(n))
	}
	return min(sum, math.MaxInt32)
}

func (a *answer) say(c *genai.Content) error {
	if c == nil {
		return nil
	}
	for _, part := range c.Parts {
		if part == nil || part.Thought || part.Text == "" {
			continue
		}
		a.said = true
		if err := a.emit(part.Text); err != nil {
			return err
		}
	}
	return nil
}

// ended says whether the model has said how its answer ends.
func (a *answer) ended() bool { return a.block != "" || a.finish != "" }

// verdict is nil for a whole answer, and the failure of any other that has ended
// (ai.google.dev/api/generate-content, FinishReason and BlockReason). An answer
// cut at the model's limit counts as whole.
func (a *answer) verdict() error {
	if a.block != "" {
		return &chat.Failure{Code: chat.CodeBlocked, Cause: fmt.Errorf("block reason %s", name(string(a.block)))}
	}
	f := &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, Cause: fmt.Errorf("finish reason %s", name(string(a.finish)))}
	switch a.finish {
	case genai.FinishReasonStop, genai.FinishReasonMaxTokens:
		if a.said {
			return nil
		}
	case genai.FinishReasonSafety, genai.FinishReasonRecitation, genai.FinishReasonProhibitedContent,
		genai.FinishReasonBlocklist, genai.FinishReasonSPII, genai.FinishReasonImageSafety,
		genai.FinishReasonImageProhibitedContent, genai.FinishReasonImageRecitation:
		f.Code, f.Retryable = chat.CodeBlocked, false
	}
	return f
}

// steady is stream, ending with an error where the SDK panics, as it does over
// chunks whose fields have other types than it expects. The caller's panics go on.
func steady[T any](stream iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		inside := true
		defer func() {
			if inside && recover() != nil {
				var none T
				yield(none, outgoing.Flaw("a chunk has an unexpected shape"))
			}
		}()
		for chunk, err := range stream {
			inside = false
			if !yield(chunk, err) {
				return
			}
			inside = true
		}
	}
}
