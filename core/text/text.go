// Package text holds what a name and a message may be.
package text

import (
	"strings"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Name trims a name of a person or a room. It must keep 1 to 100 code points and
// hold no NUL, which a text column cannot keep.
func Name(s string) (string, error) {
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n < 1 || n > 100 || !storable(s) {
		return "", fault.Breaks("name", "must have 1 to 100 characters, not all blank, and no NUL")
	}
	return s, nil
}

// Content checks a message's text, which is kept as it was sent: 1 to 8000 code points, not all blank, no NUL.
func Content(s string) error {
	if utf8.RuneCountInString(s) > 8000 || strings.TrimSpace(s) == "" || !storable(s) {
		return fault.Breaks("content", "must have 1 to 8000 characters, not all blank, and no NUL")
	}
	return nil
}

func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// Key checks an idempotency key: 1 to 255 code points that a text column can keep.
func Key(s string) error {
	if n := utf8.RuneCountInString(s); n < 1 || n > 255 || !storable(s) {
		return fault.Breaks("Idempotency-Key", "must have 1 to 255 characters")
	}
	return nil
}
