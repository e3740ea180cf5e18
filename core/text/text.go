// Package text checks the texts that users enter: names, messages and idempotency keys.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Name returns the name of a person or a room without white space around it. The name
// must then have 1 to 100 code points, at least one of them visible, and no control
// character. Otherwise Name fails with an error of fault.InvalidField.
func Name(s string) (string, error) {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > 100 || !visible(s) || !storable(s) || strings.ContainsFunc(s, controlsDisplay) {
		return "", fault.InvalidField("name", "must have 1 to 100 characters, not all blank, and no control characters")
	}
	return s, nil
}

// Content checks the text of a message, which is stored unchanged. The text must have 1
// to 8000 code points, at least one of them visible, and no NUL. Otherwise Content fails
// with an error of fault.InvalidField.
func Content(s string) error {
	if utf8.RuneCountInString(s) > 8000 || !visible(s) || !storable(s) {
		return fault.InvalidField("content", "must have 1 to 8000 characters, not all blank, and no NUL")
	}
	return nil
}

// Key checks an idempotency key. The key must have 1 to 255 code points and no NUL.
// Otherwise Key fails with an error of fault.InvalidField.
func Key(s string) error {
	if n := utf8.RuneCountInString(s); n < 1 || n > 255 || !storable(s) {
		return fault.InvalidField("Idempotency-Key", "must have 1 to 255 characters")
	}
	return nil
}

// visible reports whether s has a character that a reader can see. unicode.IsGraphic is
// not enough: for spaces and for the blank characters of Hangul and Braille it returns true.
func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !strings.ContainsRune("\u115F\u1160\u2800\u3164\uFFA0", r)
	})
}

// controlsDisplay reports whether r is a control character. The ranges change the
// direction of the text around them (UAX #9, 2.1 to 2.4).
func controlsDisplay(r rune) bool {
	return unicode.IsControl(r) || '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069'
}

// storable reports whether a text column of Postgres can store s: valid UTF-8 without NUL.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
