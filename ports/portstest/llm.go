package portstest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// LLM is the contract of ports.LLM. open returns an adapter that is connected to a
// fake provider, which does for each call what the script says. An adapter's own
// tests still have to prove what is special for its provider, for example which of
// its error codes and finish reasons mean what.
func LLM(t *testing.T, open func(t *testing.T, script LLMScript) ports.LLM) {
	runSuite(t, func(t *testing.T) *llmTest { return &llmTest{T: t, open: open} }, []requirement[*llmTest]{
		{"Answer emits the text in order and returns the usage", (*llmTest).answers},
		{"an answer that was cut at the model's own limit is complete", (*llmTest).answerAtLimit},
		{"the usage is between 0 and MaxInt32, whatever the provider counts", (*llmTest).usageBounds},
		{"the provider receives the system text and the turns with their roles", (*llmTest).prompts},
		{"each failure of the provider has its code, and is not retried", (*llmTest).failures},
		{"Answer fails with emit's error, and disconnects", (*llmTest).emitFails},
		{"Answer fails with the context's error, and disconnects", (*llmTest).contextEnds},
		{"Answer does not call the provider if the context is cancelled", (*llmTest).cancelled},
		{"concurrent calls do not affect each other", (*llmTest).concurrent},
	})
}

// llmTest is a test of adapters. It records what their provider receives.
type llmTest struct {
	*testing.T
	open     func(t *testing.T, script LLMScript) ports.LLM
	llm      ports.LLM
	mu       sync.Mutex
	received []chat.Prompt
}

// run runs a subtest with a new adapter.
func (t *llmTest) run(name string, script LLMScript, test func(t *llmTest)) {
	t.Run(name, func(st *testing.T) {
		sub := &llmTest{T: st, open: t.open}
		sub.llm = t.open(st, func(p chat.Prompt) LLMResponse {
			sub.mu.Lock()
			sub.received = append(sub.received, p)
			sub.mu.Unlock()
			return script(p)
		})
		test(sub)
	})
}

// countCalls returns how many calls the provider has received.
func (t *llmTest) countCalls() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.received)
}

// llmResult is what a call emitted and returned.
type llmResult struct {
	text  string
	usage chat.Usage
	err   error
}

// ask calls Answer. It fails the test if emit is called concurrently or after the
// return, and if Answer does not return.
func (t *llmTest) ask(ctx context.Context, p chat.Prompt, emit func(delta string) error) llmResult {
	t.Helper()
	var text strings.Builder
	var emitting sync.Mutex
	done := make(chan llmResult, 1)
	go func() {
		usage, err := t.llm.Answer(ctx, p, func(delta string) error {
			if !emitting.TryLock() {
				t.Error("emit was called concurrently or after Answer had returned")
				return errors.New("emit called at the wrong time")
			}
			defer emitting.Unlock()
			text.WriteString(delta)
			return emit(delta)
		})
		emitting.Lock() // and never unlocked: from now on emit fails
		done <- llmResult{text: text.String(), usage: usage, err: err}
	}()
	return await(t, done, "the return of Answer")
}

func discard(string) error { return nil }

func newPrompt(text string) chat.Prompt {
	return chat.Prompt{System: "Be kind.", Turns: []chat.Turn{{FromUser: true, Text: text}}}
}

func (t *llmTest) wantAnswer(got llmResult, text string, usage chat.Usage) {
	t.Helper()
	if got.err != nil || got.text != text || got.usage != usage {
		t.Errorf("Answer emitted %q and returned %+v and error %v, want %q and %+v",
			got.text, got.usage, got.err, text, usage)
	}
}

func (t *llmTest) answers() {
	answers := map[string][]string{
		"one delta":   {"Hello."},
		"one letter":  {"x"},
		"white space": {" ", "\n"},
		"many deltas": strings.SplitAfter("the quick brown fox jumps over the lazy dog, twice and then once more", " "),
		"special characters": {
			"Hel", "lo ", "wörld 🌍", "\n\ndata: {\"x\":1}\n\n", "\r\n\"quoted\" <b>\u2028", " [DONE]",
		},
		"a long delta": {strings.Repeat("long ", 40_000), "end"},
	}
	for name, deltas := range answers {
		response := answerWith(newPrompt("Hi"), deltas...)
		t.run(name, alwaysRespond(response), func(t *llmTest) {
			t.wantAnswer(t.ask(t.Context(), newPrompt("Hi"), discard), strings.Join(deltas, ""), response.Usage)
		})
	}
}

func (t *llmTest) answerAtLimit() {
	response := answerWith(newPrompt("Hi"), "as long ", "as it gets")
	response.End = LLMAtLimit
	t.run("two deltas", alwaysRespond(response), func(t *llmTest) {
		t.wantAnswer(t.ask(t.Context(), newPrompt("Hi"), discard), "as long as it gets", response.Usage)
	})
}

func (t *llmTest) usageBounds() {
	response := answerWith(newPrompt("Hi"), "Hello.")
	response.Usage = chat.Usage{In: -3, Out: math.MaxInt32 + 1000}
	t.run("too low and too high", alwaysRespond(response), func(t *llmTest) {
		got := t.ask(t.Context(), newPrompt("Hi"), discard)
		if u := got.usage; min(u.In, u.Out) < 0 || max(u.In, u.Out) > math.MaxInt32 {
			t.Errorf("Answer returned the usage %+v, want counts between 0 and MaxInt32", u)
		}
		t.wantAnswer(got, "Hello.", got.usage)
	})
}

func (t *llmTest) prompts() {
	user := func(s string) chat.Turn { return chat.Turn{FromUser: true, Text: s} }
	model := func(s string) chat.Turn { return chat.Turn{Text: s} }
	history := []chat.Turn{
		user("one"), model("1"), user("two"), user("three"), model("3"), model("and 3"), user("four"),
	}
	special := []chat.Turn{
		user(" \"<&>\\\n\t🌍\u2028"), model("data: x\n\n"), user(strings.Repeat("ü", 8000)),
	}
	prompts := map[string]chat.Prompt{
		"one turn":           {System: "Be kind.", Turns: []chat.Turn{user("Hi")}},
		"no system text":     {Turns: []chat.Turn{user("Hi")}},
		"a history":          {System: "Be brief.", Turns: history},
		"special characters": {System: "a\nb", Turns: special},
	}
	for name, p := range prompts {
		t.run(name, alwaysRespond(answerWith(p, "ok")), func(t *llmTest) {
			t.wantAnswer(t.ask(t.Context(), p, discard), "ok", answerWith(p, "ok").Usage)
			if diff := cmp.Diff([]chat.Prompt{p}, t.received); diff != "" {
				t.Errorf("the provider received (-want +got):\n%s", diff)
			}
		})
	}
}

func (t *llmTest) concurrent() {
	echo := func(p chat.Prompt) LLMResponse { return answerWith(p, "you ", "said ", p.Turns[0].Text) }
	t.run("24 calls", echo, func(t *llmTest) {
		errs := concurrently(24, func(i int) error {
			p := newPrompt(fmt.Sprint("number ", i))
			got := t.ask(t.Context(), p, discard)
			t.wantAnswer(got, "you said "+p.Turns[0].Text, echo(p).Usage)
			return got.err
		})
		wantErrorCounts(t, errs, map[error]int{nil: 24})
		if n := t.countCalls(); n != 24 {
			t.Errorf("the provider received %d calls for 24 answers, want 24", n)
		}
	})
}
