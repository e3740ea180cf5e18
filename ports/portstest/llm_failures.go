package portstest

import (
	"errors"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

const (
	canary     = "xylophone-canary" // is in every text that no error may contain
	secondText = "once more"        // the prompt that is answered after a failure
)

// secretPrompt is a conversation that no error may quote.
var secretPrompt = chat.Prompt{System: "system " + canary, Turns: []chat.Turn{
	{FromUser: true, Text: "first " + canary}, {Text: "answer " + canary}, {FromUser: true, Text: "last " + canary},
}}

// The failures of a call. See ports.LLM for their meaning.
var (
	unavailable   = reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
	misconfigured = reply.Failure{Code: reply.CodeUnavailable} // a wrong key, account, address or model
	rejected      = reply.Failure{Code: reply.CodeRejected}
	blocked       = reply.Failure{Code: reply.CodeBlocked}
)

func retryAfter(d time.Duration) reply.Failure {
	return reply.Failure{Code: reply.CodeUnavailable, Retryable: true, RetryAfter: d}
}

// halfAnswer returns an answer that ends after two deltas.
func halfAnswer(end LLMEnd) LLMResponse {
	response := answerWith(secretPrompt, "half ", "of it "+canary)
	response.End = end
	return response
}

var llmFailures = []struct {
	name     string
	response LLMResponse
	want     reply.Failure
}{
	{"429", LLMResponse{Status: 429}, unavailable},
	{"429 with a wait", LLMResponse{Status: 429, RetryAfter: 7 * time.Second}, retryAfter(7 * time.Second)},
	{"500", LLMResponse{Status: 500}, unavailable},
	{"502", LLMResponse{Status: 502}, unavailable},
	{"503", LLMResponse{Status: 503}, unavailable},
	{"503 with a wait", LLMResponse{Status: 503, RetryAfter: 2 * time.Minute}, retryAfter(2 * time.Minute)},
	{"504", LLMResponse{Status: 504}, unavailable},
	{"529, the provider is overloaded", LLMResponse{Status: 529}, unavailable},
	{"408, the provider timed out", LLMResponse{Status: 408}, unavailable},
	{"400", LLMResponse{Status: 400}, rejected},
	{"413", LLMResponse{Status: 413}, rejected},
	{"404, for example an unknown model", LLMResponse{Status: 404}, misconfigured},
	{"401", LLMResponse{Status: 401}, misconfigured},
	{"402", LLMResponse{Status: 402}, misconfigured},
	{"403", LLMResponse{Status: 403}, misconfigured},
	{"a redirect, which would pass on the key", LLMResponse{Status: 307}, misconfigured},
	{"a blocked prompt", LLMResponse{End: LLMBlocked}, blocked},
	{"a blocked answer", halfAnswer(LLMBlocked), blocked},
	{"an empty answer", LLMResponse{}, unavailable},
	{"an empty answer at the model's limit", LLMResponse{End: LLMAtLimit}, unavailable},
	{"no answer and no finish reason", LLMResponse{End: LLMUnfinished}, unavailable},
	{"an answer without a finish reason", halfAnswer(LLMUnfinished), unavailable},
	{"an error in the stream before the answer", LLMResponse{End: LLMError}, unavailable},
	{"an error in the stream after half of the answer", halfAnswer(LLMError), unavailable},
	{"no response", LLMResponse{End: LLMDisconnects}, unavailable},
	{"a connection lost after half of the answer", halfAnswer(LLMDisconnects), unavailable},
}

func (t *llmTest) failures() {
	for _, f := range llmFailures {
		t.run(f.name, respondUnlessSecond(f.response), func(t *llmTest) { t.wantFailure(f.response, f.want) })
	}
}

// respondUnlessSecond returns a script that answers the second prompt and responds to all others with r.
func respondUnlessSecond(r LLMResponse) LLMScript {
	return func(p chat.Prompt) LLMResponse {
		if p.Turns[0].Text == secondText {
			return answerWith(p, "fine")
		}
		return r
	}
}

// wantFailure checks the failure, that its error quotes nothing, the usage, that
// the provider was called once, and that the adapter can answer afterwards. The
// answer before it leaves an open connection, on which an HTTP transport might
// retry by itself.
func (t *llmTest) wantFailure(response LLMResponse, want reply.Failure) {
	t.Helper()
	t.wantSecondAnswer()
	got := t.ask(t.Context(), secretPrompt, discard)
	var f *reply.Failure
	if !errors.As(got.err, &f) {
		t.Fatalf("Answer failed with a %T, want a *reply.Failure", got.err)
	}
	if diff := cmp.Diff(want, *f, cmpopts.IgnoreFields(reply.Failure{}, "Cause")); diff != "" {
		t.Errorf("the failure differs (-want +got):\n%s", diff)
	}
	if all := strings.Join(response.Deltas, ""); !strings.HasPrefix(all, got.text) {
		t.Errorf("Answer emitted %q, want a beginning of %q", got.text, all)
	}
	if got.usage != response.Usage {
		t.Errorf("Answer returned the usage %+v, want %+v", got.usage, response.Usage)
	}
	wantNoSecrets(t.T, got.err, canary)
	if n := t.countCalls() - 1; n != 1 {
		t.Errorf("the provider received %d calls, want 1: an adapter does not retry", n)
	}
	t.wantSecondAnswer()
}

func (t *llmTest) wantSecondAnswer() {
	t.Helper()
	p := newPrompt(secondText)
	t.wantAnswer(t.ask(t.Context(), p, discard), "fine", answerWith(p, "fine").Usage)
}
