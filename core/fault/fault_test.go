package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

func TestIsMatchesByCode(t *testing.T) {
	wrapped := fmt.Errorf("sending a code: %w", fault.RateLimited.After(time.Minute))
	if !errors.Is(wrapped, fault.RateLimited) {
		t.Error("a refusal with a wait must still be its sentinel")
	}
	if errors.Is(wrapped, fault.New(fault.Exhausted, "quota_exhausted", "")) {
		t.Error("another code must be another refusal")
	}
	if errors.Is(wrapped, errors.New("rate_limited")) {
		t.Error("a plain error is no refusal")
	}
}

func TestAfterLeavesTheSentinelAlone(t *testing.T) {
	if fault.RateLimited.After(time.Hour).RetryAfter != time.Hour || fault.RateLimited.RetryAfter != 0 {
		t.Error("After must copy")
	}
}

func TestOf(t *testing.T) {
	if got := fault.Of(fmt.Errorf("x: %w", fault.Breaks("name", "is blank"))); got.Kind != fault.Invalid || got.Fields[0].Name != "name" {
		t.Errorf("Of lost the refusal: %+v", got)
	}
	got := fault.Of(errors.New("password=hunter2"))
	if got.Kind != fault.Internal || got.Code != "internal" || got.Error() != "internal: Something went wrong on our side." {
		t.Errorf("a plain error must show nothing of itself: %v", got)
	}
}
