package text

import (
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
)

// SystemPrompt returns the system prompt of a room unchanged, or "" if it has no visible
// character. It must have at most 4000 code points and no NUL. Otherwise SystemPrompt fails
// with an error from fault.InvalidField.
func SystemPrompt(s string) (string, error) {
	if utf8.RuneCountInString(s) > 4000 || !storable(s) {
		return "", fault.InvalidField("system_prompt", "must have at most 4000 characters and no NUL")
	}
	if !visible(s) {
		return "", nil
	}
	return s, nil
}
