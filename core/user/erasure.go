package user

import (
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// ErasureTTL is how long the erasure of an account is remembered. No older backup may be restored.
const ErasureTTL = 400 * 24 * time.Hour

// Erasure is the record of an erased account.
type Erasure struct {
	User id.ID
	At   time.Time
}
