package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Query is a text that a user searches for. The zero Query finds nothing.
type Query struct {
	folded string // as Fold returns it, without white space around it
}

// NewQuery returns the query for a text from a user. The text must have 1 to 200 code points
// and no NUL. Otherwise NewQuery fails with an error from fault.InvalidField.
func NewQuery(s string) (Query, error) {
	if n := utf8.RuneCountInString(s); n < 1 || n > 200 || !storable(s) {
		return Query{}, fault.InvalidField("q", "must have 1 to 200 characters, and no NUL")
	}
	return Query{folded: Fold(strings.TrimSpace(s))}, nil
}

// Folded returns the text to search for in texts that Fold has folded.
func (q Query) Folded() string { return q.folded }

// HasWord reports whether the query has a letter or a digit. A query without one finds nothing.
func (q Query) HasWord() bool {
	return strings.ContainsFunc(q.folded, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// IsIn reports whether the text contains the query, in upper or lower case.
func (q Query) IsIn(content string) bool {
	return q.HasWord() && strings.Contains(Fold(content), q.folded)
}
