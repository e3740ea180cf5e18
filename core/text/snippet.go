package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	snippetLength = 160  // code points of a snippet, a few more for a long query
	minContext    = 40   // code points around a long query
	maxCutWord    = 20   // code points that a cut removes in order not to split a word
	maxContext    = 1000 // code points around the query that are examined
	maxSequence   = 16   // code points by which a cut extends the query in order not to split a character
)

// Snippet returns a part of a text that contains the query: about 160 code points around its
// first occurrence. It is cut between words where there are spaces, and between characters
// elsewhere. A cut end has the sign "…". White space and control characters become spaces.
// Snippet returns the beginning of a text that does not contain the query.
func (q Query) Snippet(content string) string {
	start, end := q.find(content)
	content, skipped, isEnd := around(content, start, end)
	start, end = start-skipped, end-skipped
	runes := []rune(content)
	spare := max(snippetLength-(end-start), minContext)
	before := min(start, spare/3)
	after := min(len(runes)-end, spare-before)
	before = min(start, spare-after)
	from, to := cutBefore(runes, start-before, start), cutAfter(runes, end, end+after)
	snippet := strings.Map(spaceOut, string(runes[from:to]))
	if from > 0 || skipped > 0 {
		snippet = "…" + snippet
	}
	if to < len(runes) || !isEnd {
		snippet += "…"
	}
	return snippet
}

// around returns the part of a text from which the snippet for the code points from start to end is
// cut. So a long text is not converted to code points, which need four times its memory. The part
// begins after the skipped code points. isEnd reports whether it is the end of the text.
func around(content string, start, end int) (part string, skipped int, isEnd bool) {
	skipped = max(0, start-maxContext)
	part = content[offsetOf(content, skipped):]
	length := offsetOf(part, end-skipped+maxContext)
	return part[:length], skipped, length == len(part)
}

// offsetOf returns where the nth code point begins, and the length of a text with fewer.
func offsetOf(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// find returns the code points from start to end at which the text contains the query for the
// first time, and 0, 0 if it does not.
func (q Query) find(content string) (start, end int) {
	folded := Fold(content)
	at := strings.Index(folded, q.folded)
	if at < 0 {
		return 0, 0
	}
	start = utf8.RuneCountInString(folded[:at])
	return start, start + utf8.RuneCountInString(q.folded)
}

// cutBefore returns where the snippet begins: at a word or character between from and limit.
func cutBefore(runes []rune, from, limit int) int {
	if from == 0 {
		return 0
	}
	for i := from; i < min(from+maxCutWord, limit); i++ {
		if unicode.IsSpace(runes[i-1]) && !unicode.IsSpace(runes[i]) {
			return i
		}
	}
	for i := from; i < limit; i++ {
		if isBoundary(runes, i) {
			return i
		}
	}
	return limit
}

// cutAfter returns where the snippet ends: after a word or character between limit and to. If
// the query ends within a character, the snippet ends after this character.
func cutAfter(runes []rune, limit, to int) int {
	if to == len(runes) {
		return to
	}
	for i := to; i >= max(to-maxCutWord, limit); i-- {
		if unicode.IsSpace(runes[i]) && (i == limit || !unicode.IsSpace(runes[i-1])) {
			return i
		}
	}
	for i := to; i >= limit; i-- {
		if isBoundary(runes, i) {
			return i
		}
	}
	for i := limit; i < min(limit+maxSequence, len(runes)); i++ {
		if isBoundary(runes, i) {
			return i
		}
	}
	return limit
}

const zeroWidthJoiner = '\u200D'

// isBoundary reports whether a reader sees two characters around the position i, which must
// not be the end of the text. It knows the rules of UAX #29 for combining marks, emoji and flags.
func isBoundary(runes []rune, i int) bool {
	if i == 0 {
		return true
	}
	before, after := runes[i-1], runes[i]
	switch {
	case before == zeroWidthJoiner || extends(after):
		return false
	case isFlagPart(before) && isFlagPart(after):
		return countFlagParts(runes[:i])%2 == 0
	}
	return true
}

// extends reports whether the code point belongs to the character before it.
func extends(r rune) bool {
	isSkinTone := '\U0001F3FB' <= r && r <= '\U0001F3FF'
	isTag := '\U000E0020' <= r && r <= '\U000E007F'
	return unicode.Is(unicode.M, r) || r == zeroWidthJoiner || isSkinTone || isTag
}

// isFlagPart reports whether the code point is a regional indicator. Two of them are a flag.
func isFlagPart(r rune) bool { return '\U0001F1E6' <= r && r <= '\U0001F1FF' }

// countFlagParts returns how many regional indicators are at the end.
func countFlagParts(runes []rune) (n int) {
	for n < len(runes) && isFlagPart(runes[len(runes)-1-n]) {
		n++
	}
	return n
}

// spaceOut returns a space for white space and control characters.
func spaceOut(r rune) rune {
	if unicode.IsSpace(r) || unicode.IsControl(r) {
		return ' '
	}
	return r
}
