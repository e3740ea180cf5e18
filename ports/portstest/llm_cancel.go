package portstest

import (
	"context"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

func (t *llmTest) emitFails() {
	emitErr := errors.New("the reader has disconnected")
	script, disconnected := hangAfter("one ", "two ", "three ")
	t.run("while the provider hangs", script, func(t *llmTest) {
		emits := 0
		got := t.ask(t.Context(), secretPrompt, func(string) error {
			emits++
			if emits == 2 {
				return emitErr
			}
			return nil
		})
		t.wantCallerError(got.err, emitErr)
		t.wantPartialUsage(got, "one ", "two ", "three ")
		if emits != 2 {
			t.Errorf("emit was called %d times, want 2, because the second call failed", emits)
		}
		await(t, disconnected, "the end of the connection")
	})
	t.run("at the only delta", alwaysRespond(answerWith(secretPrompt, "word")), func(t *llmTest) {
		t.wantCallerError(t.ask(t.Context(), secretPrompt, func(string) error { return emitErr }).err, emitErr)
	})
}

func (t *llmTest) contextEnds() {
	t.cancelAfter("cancelled before the first delta")
	t.cancelAfter("cancelled in the middle", "first ", "second ")
	script, disconnected := hangAfter("first ")
	t.run("timed out", script, func(t *llmTest) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		got := t.ask(ctx, secretPrompt, discard)
		t.wantCallerError(got.err, context.DeadlineExceeded)
		t.wantPartialUsage(got, "first ")
		await(t, disconnected, "the end of the connection")
	})
}

// cancelAfter cancels a call that hangs after the deltas. It cancels at the first
// delta or, if there are none, when the provider has received the call.
func (t *llmTest) cancelAfter(name string, deltas ...string) {
	hang, disconnected := hangAfter(deltas...)
	reached := make(chan struct{}, 1+len(deltas))
	script := func(p chat.Prompt) LLMResponse {
		if len(deltas) == 0 {
			reached <- struct{}{}
		}
		return hang(p)
	}
	t.run(name, script, func(t *llmTest) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			<-reached
			cancel()
		}()
		got := t.ask(ctx, secretPrompt, func(string) error {
			reached <- struct{}{}
			return nil
		})
		t.wantCallerError(got.err, context.Canceled)
		t.wantPartialUsage(got, deltas...)
		await(t, disconnected, "the end of the connection")
	})
}

func (t *llmTest) cancelled() {
	t.run("before the call", alwaysRespond(answerWith(secretPrompt, "word")), func(t *llmTest) {
		got := t.ask(cancelledContext(), secretPrompt, discard)
		t.wantCallerError(got.err, context.Canceled)
		if n := t.countCalls(); got.text != "" || n != 0 {
			t.Errorf("Answer emitted %q and the provider received %d calls, want no text and no call", got.text, n)
		}
	})
}

// wantCallerError checks that the error is the caller's own and not a failure of the model.
func (t *llmTest) wantCallerError(err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("Answer failed with %v, want %v", err, want)
	}
	if f := new(reply.Failure); errors.As(err, &f) {
		t.Errorf("Answer failed with the model failure %v, want only %v", f, want)
	}
	wantNoSecrets(t.T, err, canary)
}

// wantPartialUsage checks that the usage is not higher than that of the whole
// answer. Not all of it may have arrived.
func (t *llmTest) wantPartialUsage(got llmResult, deltas ...string) {
	t.Helper()
	whole := answerWith(secretPrompt, deltas...).Usage
	if u := got.usage; got.text != "" && u.In != whole.In || u.Out < 0 || u.Out > whole.Out {
		t.Errorf("Answer returned the usage %+v, want at most %+v", u, whole)
	}
}
