package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/text"
)

func newQuery(t rapid.TB, s string) text.Query {
	t.Helper()
	q, err := text.NewQuery(s)
	if err != nil {
		t.Fatalf("NewQuery(%q): %v", s, err)
	}
	return q
}

func TestNewQuery(t *testing.T) {
	long := strings.Repeat("語", 200)
	for in, want := range map[string]string{
		"Owl": "owl", " \tTwo  Words\n": "two  words", long: long, "?": "?", " ": "", "100%": "100%",
	} {
		if got := newQuery(t, in).Folded(); got != want {
			t.Errorf("NewQuery(%q) searches for %q, want %q", in, got, want)
		}
	}
	for _, s := range []string{"", long + "語", "a\x00b", "\xff", "a" + strings.Repeat(" ", 200)} {
		if q, err := text.NewQuery(s); fault.Of(err).Kind != fault.Invalid || q != (text.Query{}) {
			t.Errorf("NewQuery(%q) = %v, %v; want an invalid field", s, q, err)
		}
	}
}

func TestHasWord(t *testing.T) {
	for s, want := range map[string]bool{
		"a": true, "7": true, "語": true, "ส": true, "٣": true, "?a": true,
		"?": false, " ": false, "🦉": false, "%_\\": false, "\u0301": false, "…": false,
	} {
		if got := newQuery(t, s).HasWord(); got != want {
			t.Errorf("HasWord of %q = %v, want %v", s, got, want)
		}
	}
}

func TestIsIn(t *testing.T) {
	for _, c := range []struct {
		query, content string
		want           bool
	}{
		{"OWL", "Two owls", true},
		{"owls", "Two OWLS", true},
		{"owl s", "Two owls", false},
		{"?", "What?", false},
		{"天气", "今天天气很好", true},
	} {
		if got := newQuery(t, c.query).IsIn(c.content); got != c.want {
			t.Errorf("IsIn of %q in %q = %v, want %v", c.query, c.content, got, c.want)
		}
	}
	if (text.Query{}).IsIn("owls") {
		t.Error("the zero query finds a text, want nothing")
	}
}

func TestSnippet(t *testing.T) {
	const owl = "owl "
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	many, sky := words(60)+" ", func(n int) string { return strings.Repeat("今", n) }
	for _, c := range []struct{ query, content, want string }{
		{"owl", "An Owl.", "An Owl."},
		{"owl", "An\n\towl\r\n", "An  owl  "},
		{"owl", many + owl + many, "…" + words(10) + " owl " + words(21) + "…"},
		{"owl", owl + many, owl + words(31) + "…"},
		{"owl", many + "owl", "…" + words(31) + " owl"},
		{"天", sky(300) + "天" + sky(300), "…" + sky(53) + "天" + sky(106) + "…"},
		{"bat", many, words(32) + "…"},
	} {
		if got := newQuery(t, c.query).Snippet(c.content); got != c.want {
			t.Errorf("the snippet of %.20q is\n%q, want\n%q", c.content, got, c.want)
		}
	}
}

func TestASnippetSplitsNoCharacter(t *testing.T) {
	for _, character := range []string{"e\u0301\u0323", "👩‍🚀", "🇩🇪", "👍🏽", "नि", "ที่", "❤️"} {
		for padding := range 8 {
			side := strings.Repeat(character, 100)
			content := strings.Repeat("x", padding) + side + "owl" + side
			snippet := strings.Trim(newQuery(t, "owl").Snippet(content), "…")
			before, after, _ := strings.Cut(snippet, "owl")
			for _, part := range []string{before, after} {
				if rest := strings.ReplaceAll(part, character, ""); strings.Trim(rest, "x") != "" || part == "" {
					t.Errorf("a part of the snippet is %+q, want whole characters %+q", part, character)
				}
			}
		}
	}
}

func TestASnippetOfACharacterThatTheQueryBeginsContainsItAll(t *testing.T) {
	content := "caf" + "e\u0301" + strings.Repeat("x", 300)
	if got := newQuery(t, strings.Repeat("x", 200)).Snippet(content); !strings.Contains(got, "cafe\u0301x") {
		t.Errorf("the snippet is %q, want the beginning of the text", got)
	}
	long := strings.Repeat("e", 200)
	got := newQuery(t, long).Snippet(long + "\u0301" + strings.Repeat("\u0323", 50))
	if !strings.HasPrefix(got, long) {
		t.Errorf("the snippet is %q, want the query", got)
	}
}

// oneLine returns the text with spaces as in a snippet.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// drawText returns a text of up to limit code points of many kinds.
func drawText(t *rapid.T, label string, limit int) string {
	runes := []rune("aAbB \n\tiIİıßẞσΣ天ที่é\u0301👩‍🚀🇩🇪…%.")
	drawn := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(runes), rapid.Rune()), 0, limit).Draw(t, label)
	return strings.ReplaceAll(string(drawn), "\x00", "")
}

func TestASnippetContainsTheQuery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkSnippet(t, drawText(t, "before", 400), drawText(t, "query", 60), drawText(t, "after", 400))
	})
}

// FuzzSnippet checks the snippet of a text that contains the query.
func FuzzSnippet(f *testing.F) {
	f.Add("What do ", "OWLS", " eat?")
	f.Add(strings.Repeat("word ", 100), "İ\u0301", strings.Repeat("👩‍🚀", 100))
	f.Fuzz(func(t *testing.T, before, query, after string) { checkSnippet(t, before, query, after) })
}

// checkSnippet checks the snippet of a text that contains the query.
func checkSnippet(t rapid.TB, before, query, after string) {
	t.Helper()
	q, err := text.NewQuery(query)
	content := before + query + after
	if err != nil || !utf8.ValidString(content) {
		return
	}
	if !q.IsIn(content) && q.HasWord() {
		t.Fatalf("%q does not contain %q", content, query)
	}
	snippet := q.Snippet(content)
	n := utf8.RuneCountInString(snippet)
	if !utf8.ValidString(snippet) || n > 260 || oneLine(snippet) != snippet {
		t.Fatalf("the snippet has %d characters, want at most 260 in one line: %q", n, snippet)
	}
	if !strings.Contains(text.Fold(snippet), oneLine(q.Folded())) {
		t.Fatalf("the snippet %q does not contain %q", snippet, q.Folded())
	}
}
