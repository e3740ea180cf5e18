package fake_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestEchoContract(t *testing.T) {
	portstest.LLM(t, func(_ *testing.T, s portstest.LLMScript) ports.LLM { return newScriptedEcho(s) })
}

// scriptedEcho is an Echo that follows a portstest.LLMScript.
type scriptedEcho struct {
	echo *fake.Echo
	left func() // the script's Left, for an answer that hangs
}

func newScriptedEcho(script portstest.LLMScript) *scriptedEcho {
	e := &scriptedEcho{left: func() {}}
	e.echo = fake.NewEcho(fake.EchoOptions{Script: func(p chat.Prompt, _ int) fake.EchoAnswer {
		response := script(p)
		if response.OnDisconnect != nil {
			e.left = response.OnDisconnect
		}
		return fake.EchoAnswer{
			Text:    strings.Join(response.Deltas, ""),
			Failure: llmtest.FailureOf(response),
			Hang:    response.End == portstest.LLMHangs,
		}
	}})
	return e
}

// Answer calls left when the Echo has returned.
func (e *scriptedEcho) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	u, err := e.echo.Answer(ctx, p, emit)
	if err != nil {
		e.left()
	}
	return u, err
}

var prompt = chat.Prompt{System: "Be kind.", Turns: []chat.Turn{
	{FromUser: true, Text: "an earlier question"},
	{Text: "an earlier answer"},
	{FromUser: true, Text: "good  day,\nEcho"},
}}

// promptOf returns a prompt with one message.
func promptOf(text string) chat.Prompt {
	return chat.Prompt{Turns: []chat.Turn{{FromUser: true, Text: text}}}
}

func discard(string) error { return nil }

func TestEchoRepeatsTheLastMessageByWords(t *testing.T) {
	var words []string
	e := fake.NewEcho(fake.EchoOptions{})
	usage, err := e.Answer(t.Context(), prompt, func(delta string) error { words = append(words, delta); return nil })
	want := []string{"You ", "said: ", "good ", " ", "day,\nEcho"}
	if err != nil || !slices.Equal(words, want) {
		t.Errorf("Answer emitted %q and returned %v, want %q", words, err, want)
	}
	if want := prompt.Estimate("You said: good  day,\nEcho"); usage != want {
		t.Errorf("usage = %+v, want %+v", usage, want)
	}
	if e.Calls() != 1 {
		t.Errorf("Calls = %d after one call", e.Calls())
	}
}

func TestEchoWithoutMessage(t *testing.T) {
	var text string
	e := fake.NewEcho(fake.EchoOptions{})
	_, err := e.Answer(t.Context(), chat.Prompt{}, func(delta string) error { text += delta; return nil })
	if err != nil || text != "You said: " {
		t.Errorf("Answer emitted %q and returned %v, want only the words of the echo itself", text, err)
	}
}

// Five words share 1,000,000,003 ns, so that the parts differ by at most 1 ns.
func TestEchoDividesTheLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = time.Second + 3
		start, previous := time.Now(), time.Now()
		e := fake.NewEcho(fake.EchoOptions{Latency: latency})
		_, err := e.Answer(t.Context(), prompt, func(string) error {
			if d := time.Since(previous); d != latency/5 && d != latency/5+1 {
				t.Errorf("a word came after %s, want a fifth of the latency", d)
			}
			previous = time.Now()
			return nil
		})
		if took := time.Since(start); err != nil || took != latency {
			t.Errorf("Answer took %s and returned %v, want %s", took, err, latency)
		}
	})
}

func TestEchoBeginsAnswersWithItsNotice(t *testing.T) {
	e := fake.NewEcho(fake.EchoOptions{Notice: "I am a stand-in."})
	for purpose, want := range map[chat.Purpose]string{
		chat.ForAnswer:  "I am a stand-in.\n\nYou said: good day",
		chat.ForTitle:   "good day",
		chat.ForSummary: "good day",
	} {
		text := ""
		p := chat.Prompt{Purpose: purpose, Turns: []chat.Turn{{FromUser: true, Text: "good day"}}}
		_, err := e.Answer(t.Context(), p, func(delta string) error { text += delta; return nil })
		if err != nil || text != want {
			t.Errorf("for purpose %d, Answer emitted %q and returned %v, want %q", purpose, text, err, want)
		}
	}
}

func TestEchoTakesTheSameTimeForEachWordOfAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		prompt chat.Prompt
		want   time.Duration
	}{
		"five words":   {prompt, 5 * 40 * time.Millisecond},
		"a title":      {chat.Prompt{Purpose: chat.ForTitle, Turns: prompt.Turns}, 0},
		"a long text":  {promptOf(strings.Repeat("a ", 5000)), 20 * time.Second},
		"without text": {chat.Prompt{}, 2 * 40 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := fake.NewEcho(fake.EchoOptions{Pace: 40 * time.Millisecond}).Answer(t.Context(), c.prompt, discard)
			if took := time.Since(start); err != nil || took != c.want {
				t.Errorf("%s: Answer took %s and returned %v, want %s", name, took, err, c.want)
			}
		})
	}
}

func TestEchoStopsWithItsContext(t *testing.T) {
	for name, c := range map[string]struct {
		latency time.Duration
		answer  fake.EchoAnswer
	}{
		"between words":        {5 * time.Second, fake.EchoAnswer{}},
		"hanging":              {0, fake.EchoAnswer{Hang: true}},
		"hanging after a word": {time.Second, fake.EchoAnswer{Text: "well", Hang: true}},
	} {
		synctest.Test(t, func(t *testing.T) {
			const timeout = 1500 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			start := time.Now()
			script := func(chat.Prompt, int) fake.EchoAnswer { return c.answer }
			e := fake.NewEcho(fake.EchoOptions{Latency: c.latency, Script: script})
			_, err := e.Answer(ctx, prompt, discard)
			if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != timeout {
				t.Errorf("%s: Answer returned %v after %s, want DeadlineExceeded after %s", name, err, took, timeout)
			}
		})
	}
}

// Each of the concurrent calls gets its own number.
func TestEchoFollowsItsScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, RetryAfter: time.Minute}
		var mu sync.Mutex
		numbers := map[int]bool{}
		script := func(p chat.Prompt, call int) fake.EchoAnswer {
			mu.Lock()
			defer mu.Unlock()
			numbers[call] = p.System == prompt.System
			if call%2 == 0 {
				return fake.EchoAnswer{Text: "well, ", Failure: failure}
			}
			return fake.EchoAnswer{}
		}
		e := fake.NewEcho(fake.EchoOptions{Latency: time.Second, Script: script})
		var wg sync.WaitGroup
		failed := make(chan string, 100) // the texts before the failure
		for range 100 {
			wg.Go(func() {
				text := ""
				_, err := e.Answer(t.Context(), prompt, func(delta string) error { text += delta; return nil })
				if errors.Is(err, failure) {
					failed <- text
				}
			})
		}
		wg.Wait()
		if len(failed) != 50 || <-failed != "well, " {
			t.Errorf("%d of 100 calls failed after their text, want 50", len(failed))
		}
		if len(numbers) != 100 || !numbers[1] || !numbers[100] || e.Calls() != 100 {
			t.Errorf("the script got %d numbers for %d calls, want 1 to 100", len(numbers), e.Calls())
		}
	})
}
