package text

import (
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Key checks an idempotency key. The key must have 1 to 255 code points and no NUL.
// Otherwise Key fails with an error from fault.InvalidField.
func Key(s string) error {
	if n := utf8.RuneCountInString(s); n < 1 || n > 255 || !storable(s) {
		return fault.InvalidField("Idempotency-Key", "must have 1 to 255 characters")
	}
	return nil
}
