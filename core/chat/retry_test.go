package chat_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
)

// A reply that always fails retryably ends after 1 + 3 attempts at most and
// within the window, its waits growing 1, 2, 4 s give or take half, or as long as the model asks.
func TestRetrySchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		task := chat.Task{FirstClaim: noon}
		for attempt := 1; ; attempt++ {
			now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "took")) * time.Second)
			f := &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: time.Duration(rapid.IntRange(0, 400).Draw(t, "asked")) * time.Second}
			o := chat.Decide(task, f, now, rapid.Float64Range(0, 0.999).Draw(t, "chance"))
			if o.Status == chat.Failed {
				if !o.Refund || o.Error != f.Code || o.Content == "" {
					t.Fatalf("a final failure has a code, a text and a refund: %+v", o)
				}
				return
			}
			base := time.Second << task.Errors
			wait := o.RetryAt.Sub(now)
			if o.Status != chat.Queued || o.Refund || attempt > chat.MaxRetries || !o.RetryAt.Before(noon.Add(chat.RetryWindow)) {
				t.Fatalf("attempt %d: %+v", attempt, o)
			}
			if wait < f.RetryAfter || wait < base/2 || wait > max(f.RetryAfter, base*3/2) {
				t.Fatalf("attempt %d waits %s", attempt, wait)
			}
			now, task.Errors = o.RetryAt, task.Errors+1
		}
	})
}

// Where nobody was asked a retry costs nothing, for as long as the window lasts.
func TestNobodyAsked(t *testing.T) {
	f := &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: 20 * time.Second, Unasked: true}
	task := chat.Task{FirstClaim: noon, Errors: chat.MaxRetries}
	for now := noon; now.Before(noon.Add(280 * time.Second)); now = now.Add(f.RetryAfter) {
		if o := chat.Decide(task, f, now, 0.5); o.Status != chat.Queued || !o.Unasked || !o.RetryAt.Equal(now.Add(f.RetryAfter)) {
			t.Fatalf("at %s: %+v", now, o)
		}
	}
	if o := chat.Decide(task, f, noon.Add(281*time.Second), 0.5); o.Status != chat.Failed || !o.Refund {
		t.Errorf("past the window: %+v", o)
	}
	asked := *f
	asked.Unasked = false
	if o := chat.Decide(task, &asked, noon, 0.5); o.Status != chat.Failed {
		t.Errorf("asked: %+v", o)
	}
}

func TestPermanentFailuresEndAtOnce(t *testing.T) {
	texts := map[string]bool{}
	for _, code := range []string{chat.CodeBlocked, chat.CodeRejected, chat.CodeUnavailable} {
		o := chat.Decide(chat.Task{FirstClaim: noon}, &chat.Failure{Code: code}, noon, 0.5)
		if o.Status != chat.Failed || o.Error != code || !o.Refund {
			t.Errorf("%s: %+v", code, o)
		}
		texts[o.Content] = true
	}
	if len(texts) != 3 {
		t.Error("each kind of failure has a text of its own")
	}
}

func TestGivenUp(t *testing.T) {
	if (chat.Task{Crashes: chat.MaxCrashes - 1}).GivenUp() != nil {
		t.Error("there is hope before the limit")
	}
	if f := (chat.Task{Crashes: chat.MaxCrashes}).GivenUp(); f == nil || f.Retryable {
		t.Errorf("at the limit it is over: %v", f)
	}
}

func TestFailureNamesItsCause(t *testing.T) {
	cause := errors.New("503 UNAVAILABLE")
	f := &chat.Failure{Code: chat.CodeUnavailable, Cause: cause}
	if f.Error() != "llm_unavailable: 503 UNAVAILABLE" || !errors.Is(f, cause) || (&chat.Failure{Code: chat.CodeTimeout}).Error() != chat.CodeTimeout {
		t.Error(f.Error())
	}
}
