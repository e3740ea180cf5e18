package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Codes stores the challenges of one-time codes, at most one for each slot, and the guesses
// of each number.
type Codes interface {
	// Find returns the last challenge of a slot, also when it is not active any more. It
	// returns the zero Challenge if there is none.
	Find(ctx context.Context, s otp.Slot) (otp.Challenge, error)
	// Issue returns the stored challenge with the slot of fresh if it is active at now.
	// Otherwise it stores fresh and returns it. It fails with user.ErrNotFound when the slot
	// has a user whose account does not exist.
	Issue(ctx context.Context, fresh otp.Challenge, now time.Time) (otp.Challenge, error)
	// Try runs otp.Try on the stored challenge and guesses, and stores the result, also
	// when otp.Try fails. Concurrent calls for a number run one after the other. Try
	// fails with otp.ErrBadCode or fault.ErrRateLimited. It returns otp.Tried in both cases.
	Try(ctx context.Context, a otp.Attempt, now time.Time) (otp.Tried, error)
	// Void removes the challenges of a number for a purpose, also those of known devices.
	Void(ctx context.Context, p otp.Purpose, n phone.Number) error
}
