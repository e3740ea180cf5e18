package reply

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

const (
	// MaxRetries is how often a reply is retried after failures of the model.
	MaxRetries = 3
	// MaxCrashes is how many leases of one reply may expire before it fails.
	MaxCrashes = 20
	// RetryWindow is the time after the first claim within which a retry must be due.
	RetryWindow = 5 * time.Minute
	// AttemptTimeout limits one call of the model.
	AttemptTimeout = 60 * time.Second
)

// RetryOrFail returns the outcome of an attempt that ended with the failure f at now. The
// reply is queued again if f is retryable, the retry falls into the RetryWindow, and
// MaxRetries is not used up or f.NotCalled is set. Otherwise the reply fails with a
// fallback text, and with a refund within the limit. jitter is the one of Backoff.
func RetryOrFail(t Task, f *Failure, now time.Time, jitter float64, limit quota.RefundLimit) Outcome {
	if f.Retryable && (f.NotCalled || t.Errors < MaxRetries) {
		at := now.Add(max(f.RetryAfter, Backoff(t.Errors, jitter)))
		if at.Before(t.FirstClaim.Add(RetryWindow)) {
			return Outcome{Status: chat.Queued, RetryAt: at, NotCalled: f.NotCalled}
		}
	}
	return Outcome{Status: chat.Failed, Error: f.Code, Content: fallbackText(f.Code)}.withRefund(limit)
}

// Backoff returns the wait before retry n, counted from 0: 1, 2, 4 s and so on, ±50 %.
// jitter, a random number in [0, 1), selects a value in this range and so spreads the
// retries over time.
func Backoff(n int, jitter float64) time.Duration {
	return time.Duration(float64(time.Second<<n) * (0.5 + jitter))
}

// CrashLimit returns a failure if MaxCrashes leases of the reply have expired, and nil
// otherwise. The failure is not retryable.
func (t Task) CrashLimit() *Failure {
	if t.Crashes < MaxCrashes {
		return nil
	}
	return &Failure{Code: CodeUnavailable}
}
