package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/text"
)

// searchedRunes are characters with a meaning in a regular expression, in SQL or for upper and
// lower case, and combining marks.
var searchedRunes = []rune("aAkKsSiIıİßẞſσςΣǆǅ\u212A\u00B5μ\u0345ιΙ\u1FBE\u1E9BꭰᎠᲓდ天🦉\u0301\u200D" +
	"\\.[]^-$*+?(){}|:=%_'\"&/#~!<> \n\t\r\v\x01\x7f\u00A0\u202E\uFEFF\uFFFD1٣")

func drawSearched(t *rapid.T, label string, shortest, longest int) string {
	anyRune := rapid.OneOf(rapid.SampledFrom(searchedRunes), rapid.SampledFrom(searchedRunes), rapid.Rune())
	drawn := string(rapid.SliceOfN(anyRune, shortest, longest).Draw(t, label))
	return strings.ReplaceAll(drawn, "\x00", "0")
}

// drawQuery returns a part of the text with other upper and lower case, or another text.
func drawQuery(t *rapid.T, content string) string {
	runes := []rune(content)
	from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
	part := runes[from:rapid.IntRange(from+1, len(runes)).Draw(t, "to")]
	if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
		return drawSearched(t, "query", 1, 3)
	}
	for i, r := range part {
		part[i] = rapid.SampledFrom(text.Variants(r)).Draw(t, "variant")
	}
	return string(part)
}

// The server finds exactly the texts that contain the query as text.Query defines it. So it
// finds the same as the store in memory.
func TestFindAgreesWithIsInForRandomTexts(t *testing.T) {
	f := newFixture(t)
	contents := map[id.ID]string{}
	rapid.Check(t, func(t *rapid.T) {
		d := f.draft("", 1_000_000)
		d.Text = drawSearched(t, "content", 1, 12)
		f.accept(d)
		contents[d.Prompt] = d.Text
		q, err := text.NewQuery(drawQuery(t, d.Text))
		f.noError(err)
		found, err := f.Search.Find(f.Context(), chat.SearchQuery{Owner: f.room.Owner, Text: q, Limit: 1000})
		f.noError(err)
		for prompt, content := range contents {
			isFound := slices.ContainsFunc(found.Messages, func(m chat.Message) bool { return m.ID == prompt })
			if isFound != q.IsIn(content) {
				t.Fatalf("a search for %q finds %q: %v, want %v", q.Folded(), content, isFound, !isFound)
			}
		}
	})
}
