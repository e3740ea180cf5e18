package portstest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// Script says what the company behind an adapter does with a prompt. It is to be
// called once for each call that reaches the company, from any goroutine, with
// the prompt as it was understood there.
type Script func(chat.Prompt) Act

// Act is what the company does with one call. Where it refuses or errs, it is to
// quote the prompt in its message, as real ones may: the suite looks for it in
// errors. It is to tell its usage whatever the End: where the protocol has no
// place for it after the deltas, with each of them, all of it with the last.
type Act struct {
	Status     int           // refuses with this HTTP status, a 3xx naming the address that was called; 0 answers
	RetryAfter time.Duration // what a refusal asks for, in whole seconds; 0 asks for nothing
	Deltas     []string      // said one by one, each sent before the next is thought of
	Usage      chat.Usage    // what it counts: as chat.Tokens does, so that stand-ins can count by themselves
	End        End           // after the deltas
	Left       func()        // to be called when the caller of one that Hangs has let go
}

// End is how an answer ends.
type End uint8

const (
	Whole  End = iota
	Fills      // at the model's own limit: there is no more to come
	Blocks     // by its safety rules: of the prompt when nothing was said, else of the answer
	Stops      // in good order, without saying that the answer is whole
	Errs       // with an error in the stream: that it is overloaded
	Breaks     // with the connection, before a status when nothing was said
	Hangs      // not at all: it says no more until its caller leaves
)

// patience is how long the suite waits for what should happen at once.
const patience = 10 * time.Second

// LLM is the contract of ports.LLM. open makes an adapter whose company follows the script.
func LLM(t *testing.T, open func(t *testing.T, s Script) ports.LLM) {
	tests := []struct {
		name string
		run  func(*caller)
	}{
		{"streams the answer and its usage", llmAnswers},
		{"takes an answer cut at the model's own limit as whole", llmFills},
		{"counts what every store can keep", llmCounts},
		{"hands on the system text, the turns and their roles", llmHandsOn},
		{"tells failures apart", llmFails},
		{"fails with emit's error and lets go", llmEmitFails},
		{"fails with the context's error and lets go", llmCancelled},
		{"does not call under a context that is over", llmOver},
		{"answers in parallel", llmParallel},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(&caller{T: t, open: open}) })
	}
}

// caller calls adapters and keeps what their company heard.
type caller struct {
	*testing.T
	open  func(t *testing.T, s Script) ports.LLM
	llm   ports.LLM
	mu    sync.Mutex
	heard []chat.Prompt
}

// run runs a test of its own on a fresh adapter.
func (c *caller) run(name string, s Script, test func(c *caller)) {
	c.Run(name, func(t *testing.T) {
		sub := &caller{T: t, open: c.open}
		sub.llm = c.open(t, func(p chat.Prompt) Act {
			sub.mu.Lock()
			sub.heard = append(sub.heard, p)
			sub.mu.Unlock()
			return s(p)
		})
		test(sub)
	})
}

// calls counts the calls that reached the company.
func (c *caller) calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.heard)
}

// said is what came of a call.
type said struct {
	text  string
	usage chat.Usage
	err   error
}

// ask calls, and fails the test when the adapter emits two deltas at once or does not return.
func (c *caller) ask(ctx context.Context, p chat.Prompt, emit func(delta string) error) said {
	c.Helper()
	var text strings.Builder
	var busy sync.Mutex
	done := make(chan said, 1)
	go func() {
		usage, err := c.llm.Answer(ctx, p, func(delta string) error {
			if !busy.TryLock() {
				c.Error("two deltas were emitted at once, or one after the end")
				return errors.New("not now")
			}
			defer busy.Unlock()
			text.WriteString(delta)
			return emit(delta)
		})
		busy.Lock() // for good
		done <- said{text.String(), usage, err}
	}()
	return await(c.T, done, "Answer to return")
}

// await is what arrives in time; else the test has failed.
func await[T any](t *testing.T, from <-chan T, what string) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(patience):
		t.Errorf("waited in vain for %s", what)
	}
	return got
}

func accept(string) error { return nil }

func always(a Act) Script { return func(chat.Prompt) Act { return a } }

func prompt(text string) chat.Prompt {
	return chat.Prompt{System: "Be kind.", Turns: []chat.Turn{{FromUser: true, Text: text}}}
}

// whole is the answer of a company that says deltas and counts as chat.Tokens does.
func whole(p chat.Prompt, deltas ...string) Act {
	u := chat.Usage{In: chat.Tokens(p.System), Out: chat.Tokens(strings.Join(deltas, ""))}
	for _, turn := range p.Turns {
		u.In += chat.Tokens(turn.Text)
	}
	return Act{Deltas: deltas, Usage: u}
}

func (c *caller) expect(got said, want string, usage chat.Usage) {
	c.Helper()
	if got.err != nil || got.text != want || got.usage != usage {
		c.Errorf("answered %q, %+v, %v; want %q, %+v", got.text, got.usage, got.err, want, usage)
	}
}

func llmAnswers(c *caller) {
	answers := map[string][]string{
		"one delta": {"Hello."}, "one letter": {"x"}, "blanks": {" ", "\n"},
		"many deltas":    strings.SplitAfter("the quick brown fox jumps over the lazy dog, twice and then once more", " "),
		"awkward deltas": {"Hel", "lo ", "wörld 🌍", "\n\ndata: {\"x\":1}\n\n", "\r\n\"quoted\" <b>\u2028", " [DONE]"},
		"a long delta":   {strings.Repeat("long ", 40_000), "end"},
	}
	for name, deltas := range answers {
		act := whole(prompt("Hi"), deltas...)
		c.run(name, always(act), func(c *caller) {
			c.expect(c.ask(c.Context(), prompt("Hi"), accept), strings.Join(deltas, ""), act.Usage)
		})
	}
}

func llmFills(c *caller) {
	act := whole(prompt("Hi"), "as long ", "as it gets")
	act.End = Fills
	c.run("some words", always(act), func(c *caller) {
		c.expect(c.ask(c.Context(), prompt("Hi"), accept), "as long as it gets", act.Usage)
	})
}

// llmCounts has a company count what no table's column holds.
func llmCounts(c *caller) {
	act := whole(prompt("Hi"), "Hello.")
	act.Usage = chat.Usage{In: -3, Out: math.MaxInt32 + 1000}
	c.run("too few and too many", always(act), func(c *caller) {
		got := c.ask(c.Context(), prompt("Hi"), accept)
		if u := got.usage; min(u.In, u.Out) < 0 || max(u.In, u.Out) > math.MaxInt32 {
			c.Errorf("used %+v", u)
		}
		c.expect(got, "Hello.", got.usage)
	})
}

func llmHandsOn(c *caller) {
	user, model := func(s string) chat.Turn { return chat.Turn{FromUser: true, Text: s} }, func(s string) chat.Turn { return chat.Turn{Text: s} }
	prompts := map[string]chat.Prompt{
		"one turn":       {System: "Be kind.", Turns: []chat.Turn{user("Hi")}},
		"no system text": {Turns: []chat.Turn{user("Hi")}},
		"a history":      {System: "Be brief.", Turns: []chat.Turn{user("one"), model("1"), user("two"), user("three"), model("3"), model("and 3"), user("four")}},
		"awkward texts":  {System: "a\nb", Turns: []chat.Turn{user(" \"<&>\\\n\t🌍\u2028"), model("data: x\n\n"), user(strings.Repeat("ü", 8000))}},
	}
	for name, p := range prompts {
		c.run(name, always(whole(p, "ok")), func(c *caller) {
			c.expect(c.ask(c.Context(), p, accept), "ok", whole(p, "ok").Usage)
			if diff := cmp.Diff([]chat.Prompt{p}, c.heard); diff != "" {
				c.Errorf("the company heard (-want +got):\n%s", diff)
			}
		})
	}
}

func llmParallel(c *caller) {
	echo := func(p chat.Prompt) Act { return whole(p, "you ", "said ", p.Turns[0].Text) }
	c.run("many", echo, func(c *caller) {
		var all sync.WaitGroup
		for i := range 24 {
			all.Go(func() {
				p := prompt(fmt.Sprint("number ", i))
				c.expect(c.ask(c.Context(), p, accept), "you said "+p.Turns[0].Text, echo(p).Usage)
			})
		}
		all.Wait()
		if c.calls() != 24 {
			c.Errorf("%d calls for 24 answers", c.calls())
		}
	})
}
