package fake_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestEchoIsAnLLM(t *testing.T) {
	portstest.LLM(t, func(_ *testing.T, s portstest.Script) ports.LLM { return newCompany(s) })
}

// company plays a portstest.Script on an Echo.
type company struct {
	echo *fake.Echo
	left func()
}

func newCompany(s portstest.Script) *company {
	c := &company{left: func() {}}
	c.echo = fake.NewEcho(fake.EchoOptions{Script: func(p chat.Prompt, _ int) fake.Act {
		act := s(p)
		if act.Left != nil {
			c.left = act.Left
		}
		return played(act)
	}})
	return c
}

// Answer tells the script that nobody listens any more once the Echo has returned.
func (c *company) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	u, err := c.echo.Answer(ctx, p, emit)
	if err != nil {
		c.left()
	}
	return u, err
}

func played(act portstest.Act) fake.Act {
	a := fake.Act{Text: strings.Join(act.Deltas, ""), Hang: act.End == portstest.Hangs}
	switch {
	case act.Status != 0:
		a.Fail = refusal(act.Status, act.RetryAfter)
	case act.End == portstest.Blocks:
		a.Fail = &chat.Failure{Code: chat.CodeBlocked}
	case act.End == portstest.Stops, act.End == portstest.Errs, act.End == portstest.Breaks, a.Text == "" && !a.Hang:
		a.Fail = fake.Cut
	}
	return a
}

func refusal(status int, wait time.Duration) *chat.Failure {
	f := &chat.Failure{Code: chat.CodeUnavailable, RetryAfter: wait, Cause: fmt.Errorf("status %d", status)}
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		f.Retryable = true
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
		f.Code = chat.CodeRejected
	}
	return f
}

var asked = chat.Prompt{System: "Be kind.", Turns: []chat.Turn{
	{FromUser: true, Text: "an earlier question"}, {Text: "an earlier answer"}, {FromUser: true, Text: "good  day,\nEcho"},
}}

func TestEchoSaysTheLastTurnByTheWord(t *testing.T) {
	var words []string
	e := fake.NewEcho(fake.EchoOptions{})
	u, err := e.Answer(t.Context(), asked, func(d string) error { words = append(words, d); return nil })
	want := []string{"You ", "said: ", "good ", " ", "day,\nEcho"}
	if err != nil || !slices.Equal(words, want) {
		t.Errorf("said %q, %v", words, err)
	}
	in := chat.Tokens("Be kind.") + chat.Tokens("an earlier question") + chat.Tokens("an earlier answer") + chat.Tokens("good  day,\nEcho")
	if u != (chat.Usage{In: in, Out: chat.Tokens("You said: good  day,\nEcho")}) || e.Calls() != 1 {
		t.Errorf("%+v after %d calls", u, e.Calls())
	}
}

func TestEchoWithoutATurn(t *testing.T) {
	var said string
	if _, err := fake.NewEcho(fake.EchoOptions{}).Answer(t.Context(), chat.Prompt{}, func(d string) error { said += d; return nil }); err != nil || said != "You said: " {
		t.Errorf("%q, %v", said, err)
	}
}

// Five words in 1,000,000,003 ns: 200,000,000 or ...001 ns before each, and all of it at the end.
func TestEchoSpreadsItsLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = time.Second + 3
		start, before := time.Now(), time.Now()
		e := fake.NewEcho(fake.EchoOptions{Latency: latency})
		_, err := e.Answer(t.Context(), asked, func(string) error {
			if d := time.Since(before); d != latency/5 && d != latency/5+1 {
				t.Errorf("a word took %s", d)
			}
			before = time.Now()
			return nil
		})
		if took := time.Since(start); err != nil || took != latency {
			t.Errorf("answered in %s, %v", took, err)
		}
	})
}

func TestEchoStopsWithItsContext(t *testing.T) {
	for name, act := range map[string]fake.Act{"between words": {}, "hanging": {Hang: true}, "hanging after a word": {Text: "well", Hang: true}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			start := time.Now()
			e := fake.NewEcho(fake.EchoOptions{Latency: time.Second * 5 / 4, Script: func(chat.Prompt, int) fake.Act { return act }})
			if name == "between words" {
				e = fake.NewEcho(fake.EchoOptions{Latency: 5 * time.Second})
			}
			_, err := e.Answer(ctx, asked, func(string) error { return nil })
			if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 1500*time.Millisecond {
				t.Errorf("%s: %v after %s", name, err, took)
			}
		})
	}
}

// Each call gets a number of its own, however many there are at once.
func TestEchoFollowsItsScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: time.Minute}
		var mu sync.Mutex
		calls := map[int]bool{}
		e := fake.NewEcho(fake.EchoOptions{Latency: time.Second, Script: func(p chat.Prompt, call int) fake.Act {
			mu.Lock()
			calls[call] = p.System == asked.System
			mu.Unlock()
			if call%2 == 0 {
				return fake.Act{Text: "well, ", Fail: down}
			}
			return fake.Act{}
		}})
		var all sync.WaitGroup
		failed := make(chan string, 100)
		for range 100 {
			all.Go(func() {
				said := ""
				if _, err := e.Answer(t.Context(), asked, func(d string) error { said += d; return nil }); errors.Is(err, down) {
					failed <- said
				}
			})
		}
		all.Wait()
		if len(failed) != 50 || <-failed != "well, " || len(calls) != 100 || !calls[1] || !calls[100] || e.Calls() != 100 {
			t.Errorf("%d of %d calls failed, %d known to the script", len(failed), e.Calls(), len(calls))
		}
	})
}
