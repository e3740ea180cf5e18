package text

import (
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Content checks the text of a message, which is stored unchanged. The text must have 1
// to 8000 code points, at least one of them visible, and no NUL. Otherwise Content fails
// with an error from fault.InvalidField.
func Content(s string) error {
	if utf8.RuneCountInString(s) > 8000 || !visible(s) || !storable(s) {
		return fault.InvalidField("content", "must have 1 to 8000 characters, not all blank, and no NUL")
	}
	return nil
}
