package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Codes stores the challenges of one-time codes, at most one for each number and purpose,
// and the guesses of each number.
type Codes interface {
	// Issue returns the stored challenge with the number and purpose of fresh if it is
	// active at now. Otherwise it stores fresh and returns it.
	Issue(ctx context.Context, fresh otp.Challenge, now time.Time) (otp.Challenge, error)
	// Try runs otp.Try on the stored challenge and guesses, and stores the result, also
	// when otp.Try fails. Concurrent calls for a number run one after the other. Try
	// fails with otp.ErrBadCode or fault.ErrRateLimited.
	Try(ctx context.Context, p otp.Purpose, n phone.Number, macs otp.MACs, now time.Time) error
	// Void removes the challenge, if there is one.
	Void(ctx context.Context, p otp.Purpose, n phone.Number) error
}
