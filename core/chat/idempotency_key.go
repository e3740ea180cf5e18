package chat

import (
	"crypto/sha256"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// IdempotencyKeyTTL is how long an idempotency key is stored.
const IdempotencyKeyTTL = 24 * time.Hour

var (
	// ErrMismatch means that the idempotency key was used for another request: another room,
	// text, message or operation.
	ErrMismatch = fault.New(fault.Invalid, "idempotency_mismatch",
		"This Idempotency-Key was used for another message. For a different message, use a new key. "+
			"To repeat the first one, send its original body to the same path.")
	// ErrInFlight means that the first request with this idempotency key has still not ended.
	ErrInFlight = fault.New(fault.Conflict, "idempotency_in_flight",
		"A request with this Idempotency-Key is still running. Try again in a few seconds.")
)

// HashDraft returns Ask.RequestHash of a Draft with this text.
func HashDraft(text string) [32]byte { return sha256.Sum256([]byte(text)) }

// HashEdit returns Ask.RequestHash of an Edit. It differs from the hash of every Draft,
// because a text contains no NUL (text.Content).
func HashEdit(prompt id.ID, text string) [32]byte {
	return sha256.Sum256([]byte("edit\x00" + string(prompt) + "\x00" + text))
}

// HashRetry returns Ask.RequestHash of a Retry. Like HashEdit, it differs from every other hash.
func HashRetry(reply id.ID) [32]byte { return sha256.Sum256([]byte("retry\x00" + string(reply))) }
