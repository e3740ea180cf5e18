// Package text holds what a name and a message may be.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Name trims a name of a person or a room. It must keep 1 to 100 code points, not
// all blank, and hold nothing that steers how the text around it is shown.
func Name(s string) (string, error) {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > 100 || !visible(s) || !storable(s) || strings.ContainsFunc(s, steers) {
		return "", fault.Breaks("name", "must have 1 to 100 characters, not all blank, and no control characters")
	}
	return s, nil
}

// Content checks a message's text, which is kept as it was sent: 1 to 8000 code points, not all blank, no NUL.
func Content(s string) error {
	if utf8.RuneCountInString(s) > 8000 || !visible(s) || !storable(s) {
		return fault.Breaks("content", "must have 1 to 8000 characters, not all blank, and no NUL")
	}
	return nil
}

// visible says that a reader would see something. Of the graphic characters
// (unicode.IsGraphic) these look like nothing: the spaces, and the fillers of
// Hangul and Braille.
func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !strings.ContainsRune("\u115F\u1160\u2800\u3164\uFFA0", r)
	})
}

// steers finds control characters and those that turn the direction of text (UAX #9, 2.1 to 2.4).
func steers(r rune) bool {
	return unicode.IsControl(r) || '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069'
}

// storable says that a text column can keep it, which has no place for NUL.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// Key checks an idempotency key: 1 to 255 code points that a text column can keep.
func Key(s string) error {
	if n := utf8.RuneCountInString(s); n < 1 || n > 255 || !storable(s) {
		return fault.Breaks("Idempotency-Key", "must have 1 to 255 characters")
	}
	return nil
}
