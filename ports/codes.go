package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Codes keeps the challenges of one-time codes, one for each number and purpose.
type Codes interface {
	// Issue returns the challenge that lives at now for fresh's number and
	// purpose, attempts and all, and keeps fresh in its place when there is none.
	Issue(ctx context.Context, fresh otp.Challenge, now time.Time) (otp.Challenge, error)
	// Try is otp.Try, atomically, at the number's challenge for the purpose and the
	// number's guesses over all purposes. It counts the attempt also when it
	// fails, and uses the challenge up on success. It fails with otp.ErrBadCode or
	// fault.RateLimited.
	Try(ctx context.Context, p otp.Purpose, n phone.Number, macs otp.MACs, now time.Time) error
	// Void ends the challenge, if there is one.
	Void(ctx context.Context, p otp.Purpose, n phone.Number) error
}

// SMS sends short texts. One may have the methods CloseIdleConnections and SendAs
// besides, which adapters/courier calls: its Sender says what they are for.
type SMS interface {
	// Send returns nil once the text is taken, to be delivered or not. It fails with
	// ctx's error when that is over, fault.Invalid for a number that no text can reach,
	// fault.Refused when another try would fare no better, such as with a wrong
	// key, and any other error, fault.Unavailable with its wait above all, when one may.
	// No error holds the text or the number, nor does one that it wraps. Send asks the
	// company once and follows no redirect, which would hand on the text; trying
	// again, once a text is taken, is a queue's part.
	Send(ctx context.Context, to phone.Number, text string) error
}

// Budget allows Limit takes of Key in any Window of time.
type Budget struct {
	Key    string
	Limit  int
	Window time.Duration
}

// Limiter spends budgets.
type Limiter interface {
	// Take takes one of every budget, or none and fails with fault.RateLimited,
	// whose RetryAfter is when all have room again if nobody else takes.
	Take(ctx context.Context, now time.Time, budgets ...Budget) error
}
