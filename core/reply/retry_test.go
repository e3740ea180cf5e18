package reply_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// A reply whose attempts always fail has at most 1 + 3 attempts, all within the
// retry window. The waits are 1, 2 and 4 s, minus or plus a half, or what the model asks for.
func TestRetrySchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		task := reply.Task{FirstClaim: noon}
		for attempt := 1; ; attempt++ {
			now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "took")) * time.Second)
			f := &reply.Failure{
				Code:       reply.CodeUnavailable,
				Retryable:  true,
				RetryAfter: time.Duration(rapid.IntRange(0, 400).Draw(t, "retry after")) * time.Second,
			}
			o := reply.RetryOrFail(task, f, now, rapid.Float64Range(0, 0.999).Draw(t, "jitter"), maxRefunds)
			if o.Status == chat.Failed {
				if o.RefundLimit != maxRefunds || o.Error != f.Code || o.Content == "" {
					t.Fatalf("final failure %+v, want a code, a text and a refund", o)
				}
				return
			}
			base := time.Second << task.Errors
			wait := o.RetryAt.Sub(now)
			inWindow := o.RetryAt.Before(noon.Add(reply.RetryWindow))
			if o.Status != chat.Queued || o.RefundLimit != 0 || attempt > reply.MaxRetries || !inWindow {
				t.Fatalf("attempt %d: outcome %+v, want a retry in the window or a final failure", attempt, o)
			}
			if wait < f.RetryAfter || wait < base/2 || wait > max(f.RetryAfter, base*3/2) {
				t.Fatalf("attempt %d waits %s, want about %s and at least %s", attempt, wait, base, f.RetryAfter)
			}
			now = o.RetryAt
			task.Errors++
		}
	})
}

// If no model was called, retries do not count. Only the retry window limits them.
func TestRetriesWithoutACallDoNotCount(t *testing.T) {
	f := &reply.Failure{
		Code:       reply.CodeUnavailable,
		Retryable:  true,
		RetryAfter: 20 * time.Second,
		NotCalled:  true,
	}
	task := reply.Task{FirstClaim: noon, Errors: reply.MaxRetries}
	for now := noon; now.Before(noon.Add(280 * time.Second)); now = now.Add(f.RetryAfter) {
		o := reply.RetryOrFail(task, f, now, 0.5, maxRefunds)
		if o.Status != chat.Queued || !o.NotCalled || !o.RetryAt.Equal(now.Add(f.RetryAfter)) {
			t.Fatalf("at %s: outcome %+v, want a retry after %s", now, o, f.RetryAfter)
		}
	}
	o := reply.RetryOrFail(task, f, noon.Add(281*time.Second), 0.5, maxRefunds)
	if o.Status != chat.Failed || o.RefundLimit != maxRefunds {
		t.Errorf("after the retry window: outcome %+v, want a final failure with a refund", o)
	}
	called := *f
	called.NotCalled = false
	if o := reply.RetryOrFail(task, &called, noon, 0.5, maxRefunds); o.Status != chat.Failed {
		t.Errorf("after a call with all retries used: outcome %+v, want a final failure", o)
	}
}

func TestPermanentFailuresAreNotRetried(t *testing.T) {
	texts := map[string]bool{}
	for _, code := range []string{reply.CodeBlocked, reply.CodeRejected, reply.CodeUnavailable} {
		o := reply.RetryOrFail(reply.Task{FirstClaim: noon}, &reply.Failure{Code: code}, noon, 0.5, maxRefunds)
		if o.Status != chat.Failed || o.Error != code || o.RefundLimit != maxRefunds {
			t.Errorf("%s: outcome %+v, want a final failure with this code and a refund", code, o)
		}
		texts[o.Content] = true
	}
	if len(texts) != 3 {
		t.Errorf("%d different texts for 3 codes, want 3", len(texts))
	}
}

func TestCrashLimit(t *testing.T) {
	if (reply.Task{Crashes: reply.MaxCrashes - 1}).CrashLimit() != nil {
		t.Error("a task below the crash limit has a failure, want nil")
	}
	if f := (reply.Task{Crashes: reply.MaxCrashes}).CrashLimit(); f == nil || f.Retryable {
		t.Errorf("a task at the crash limit has failure %v, want a permanent one", f)
	}
}

func TestFailureText(t *testing.T) {
	cause := errors.New("503 UNAVAILABLE")
	f := &reply.Failure{Code: reply.CodeUnavailable, Cause: cause}
	if got, want := f.Error(), "llm_unavailable: 503 UNAVAILABLE"; got != want || !errors.Is(f, cause) {
		t.Errorf("Error() = %q, want %q, and the failure must wrap its cause", got, want)
	}
	if got := (&reply.Failure{Code: reply.CodeTimeout}).Error(); got != reply.CodeTimeout {
		t.Errorf("Error() without a cause = %q, want the code", got)
	}
}
