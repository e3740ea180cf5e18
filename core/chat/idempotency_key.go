package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

// IdempotencyKeyTTL is how long an idempotency key is stored.
const IdempotencyKeyTTL = 24 * time.Hour

var (
	// ErrMismatch means that the idempotency key was used with another text or room.
	ErrMismatch = fault.New(fault.Invalid, "idempotency_mismatch", "This Idempotency-Key was used for another message.")
	// ErrInFlight means that the first request with this idempotency key is still running after 5 s.
	ErrInFlight = fault.New(fault.Conflict, "idempotency_in_flight",
		"A request with this Idempotency-Key is still running. Try again in a few seconds.")
)
