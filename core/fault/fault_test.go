package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

func TestIsComparesCodes(t *testing.T) {
	wrapped := fmt.Errorf("sending a code: %w", fault.ErrRateLimited.After(time.Minute))
	if !errors.Is(wrapped, fault.ErrRateLimited) {
		t.Error("an error with RetryAfter does not match its sentinel, want a match")
	}
	if errors.Is(wrapped, fault.New(fault.Exhausted, "quota_exhausted", "")) {
		t.Error("an error matches one with another code, want no match")
	}
	if errors.Is(wrapped, errors.New("rate_limited")) {
		t.Error("an error matches a plain error, want no match")
	}
}

func TestAfterReturnsACopy(t *testing.T) {
	if got := fault.ErrRateLimited.After(time.Hour).RetryAfter; got != time.Hour {
		t.Errorf("RetryAfter = %v, want 1h", got)
	}
	if got := fault.ErrRateLimited.RetryAfter; got != 0 {
		t.Errorf("RetryAfter of the sentinel = %v after a call of After, want 0", got)
	}
}

func TestARateLimitSaysHowLongToWait(t *testing.T) {
	got := fault.RateLimited(42 * time.Second)
	if !errors.Is(got, fault.ErrRateLimited) || got.RetryAfter != 42*time.Second {
		t.Errorf("RateLimited returned %v with RetryAfter %v, want ErrRateLimited with 42s", got, got.RetryAfter)
	}
	if want := "Wait 42 seconds (see Retry-After)"; !strings.Contains(got.Message, want) {
		t.Errorf("the message is %q, want %q in it", got.Message, want)
	}
	if text := fault.ErrRateLimited.Message; strings.Contains(text, "42") {
		t.Errorf("the message of the sentinel is %q after a call of RateLimited, want it unchanged", text)
	}
}

func TestOf(t *testing.T) {
	got := fault.Of(fmt.Errorf("checking the name: %w", fault.InvalidField("name", "is blank")))
	if got.Kind != fault.Invalid || got.Fields[0].Name != "name" {
		t.Errorf("Of returned %+v for a wrapped error, want the error with its field", got)
	}
	got = fault.Of(errors.New("password=hunter2"))
	if got.Kind != fault.Internal || got.Code != "internal" {
		t.Errorf("Of returned %+v for a plain error, want an internal error", got)
	}
	if text := got.Error(); text != "internal: Something went wrong on our side." {
		t.Errorf("the text for a plain error is %q, want no details of it", text)
	}
}
