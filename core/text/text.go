// Package text checks the texts that users enter: names, messages, system prompts and idempotency keys.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible reports whether s has a character that a reader can see. unicode.IsGraphic is
// not enough: for spaces and for the blank characters of Hangul and Braille it returns true. For
// private-use characters it returns false, but a font may show them, such as icons.
func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		isBlank := unicode.IsSpace(r) || strings.ContainsRune("\u115F\u1160\u2800\u3164\uFFA0", r)
		return unicode.IsGraphic(r) && !isBlank || unicode.Is(unicode.Co, r)
	})
}

// storable reports whether a text column of Postgres can store s: valid UTF-8 without NUL.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
