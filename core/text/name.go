package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Name returns the name of a person or a room without white space around it. The name
// must then have 1 to 100 code points, at least one of them visible, and no control
// character. Otherwise Name fails with an error from fault.InvalidField.
func Name(s string) (string, error) {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > 100 || !visible(s) || !storable(s) || strings.ContainsFunc(s, ControlsDisplay) {
		return "", fault.InvalidField("name", "must have 1 to 100 characters, not all blank, and no control characters")
	}
	return s, nil
}

// ControlsDisplay reports whether r is a control character or changes the direction of the
// text around it (UAX #9, 2.1 to 2.4).
func ControlsDisplay(r rune) bool {
	return unicode.IsControl(r) || '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069'
}
