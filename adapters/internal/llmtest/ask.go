package llmtest

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Result is what an LLM emitted and returned for Question.
type Result struct {
	Text  string
	Usage chat.Usage
	Err   error
}

// Ask sends Question to the LLM. It fails the test if the error, or the standard
// log during the call, contains Canary.
func Ask(t testing.TB, llm ports.LLM) Result {
	t.Helper()
	var r Result
	var logged bytes.Buffer
	defaultOutput := log.Writer()
	log.SetOutput(&logged) // SDKs write to the standard logger
	r.Usage, r.Err = llm.Answer(t.Context(), Question, func(delta string) error {
		r.Text += delta
		return nil
	})
	log.SetOutput(defaultOutput)
	if strings.Contains(logged.String(), Canary) {
		t.Errorf("the log contains the prompt, the answer or the key: %s", logged.String())
	}
	for err := r.Err; err != nil; err = errors.Unwrap(err) {
		if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, Canary) {
			t.Errorf("the error contains the prompt, the answer or the key: %s", text)
		}
	}
	return r
}

// WantAnswer fails the test unless the LLM answered with this text.
func (r Result) WantAnswer(t testing.TB, text string) {
	t.Helper()
	if r.Err != nil || r.Text != text {
		t.Errorf("Answer emitted %q and returned %v, want %q and no error", r.Text, r.Err, text)
	}
}

// WantFailure fails the test unless the LLM failed with this failure. It ignores the cause.
func (r Result) WantFailure(t testing.TB, want reply.Failure) {
	t.Helper()
	var got *reply.Failure
	if !errors.As(r.Err, &got) {
		t.Errorf("Answer returned %T %v, want a *reply.Failure", r.Err, r.Err)
		return
	}
	if diff := cmp.Diff(want, *got, cmpopts.IgnoreFields(reply.Failure{}, "Cause")); diff != "" {
		t.Errorf("Answer failed with %v (-want +got):\n%s", r.Err, diff)
	}
}

// wantCause fails the test unless the failure has this cause.
func (r Result) wantCause(t testing.TB, want string) {
	t.Helper()
	var f *reply.Failure
	if errors.As(r.Err, &f) && (f.Cause == nil || f.Cause.Error() != want) {
		t.Errorf("the cause of the failure is %v, want %q", f.Cause, want)
	}
}
