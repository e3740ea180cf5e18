package httpapi

import (
	"strings"
	"testing"
)

// hostileMarkdown are texts of about 200 KB that take a parser without limits quadratic time,
// or grow without limit.
var hostileMarkdown = map[string]string{
	"one line":               strings.Repeat("word ", 40_000),
	"one word":               strings.Repeat("x", 200_000),
	"quotes":                 strings.Repeat(">", 100_000) + "a",
	"quotes and lines":       strings.Repeat(">", 100_000) + strings.Repeat("\na", 5000),
	"lists":                  strings.Repeat("- ", 100_000) + "a",
	"lists and blank lines":  strings.Repeat("- ", 1000) + "a" + strings.Repeat("\n", 9000) + "b",
	"indented lists":         indentedLists(400),
	"numbers":                strings.Repeat("1. ", 60_000),
	"brackets":               strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
	"links in links":         strings.Repeat("[", 60_000) + strings.Repeat("](a)", 30_000),
	"images in images":       strings.Repeat("![", 50_000) + "a" + strings.Repeat("](b)", 25_000),
	"links":                  strings.Repeat("[a](b) ", 28_000),
	"open links":             strings.Repeat("[a](<b", 33_000),
	"open titles":            strings.Repeat(`[a](b "`, 28_000),
	"open parentheses":       strings.Repeat("[a](b(", 33_000),
	"brackets around code":   strings.Repeat("[", 400) + strings.Repeat("`a` ", 49_000) + strings.Repeat("]", 400),
	"long run":               "a" + strings.Repeat("*", 100_000) + "b" + strings.Repeat("*", 100_000),
	"emphasis":               strings.Repeat("*a ", 30_000) + strings.Repeat("a* ", 30_000),
	"mixed emphasis":         strings.Repeat("*a _b ", 16_000) + strings.Repeat("c_ d* ", 16_000),
	"unmatched emphasis":     strings.Repeat("_a ", 33_000) + strings.Repeat("a* ", 33_000),
	"alternating markers":    strings.Repeat("*_", 100_000),
	"paragraphs of emphasis": strings.Repeat(strings.Repeat("_a ", 200)+strings.Repeat("a* ", 200)+"\n\n", 160),
	"tildes":                 strings.Repeat("~a ", 66_000),
	"backticks":              backticks(600),
	"paragraphs of ticks":    strings.Repeat("`` a ` b\n\n", 20_000),
	"backslashes":            strings.Repeat(`\`, 200_000),
	"entities":               strings.Repeat("&a", 100_000),
	"tags":                   strings.Repeat("<a ", 66_000),
	"comments":               strings.Repeat("<!--", 50_000),
	"quotation marks":        strings.Repeat(`"`, 200_000),
	"wide table":             tableWith(10_000, 9000),
	"many tables":            strings.Repeat(tableWith(70, 140)+"\n\n", 60),
	"escaped pipes":          "|a|\n|-|\n" + strings.Repeat("|`"+strings.Repeat(`\|`, 20)+"`|\n", 4500),
	"references":             strings.Repeat("[a]: b\n", 9000),
	"expanded references":    definition(50_000) + strings.Repeat("[a] ", 37_000),
	"references elsewhere":   definition(9000) + strings.Repeat("[a]\n\n", 4000),
	"URLs":                   strings.Repeat("(http://a.b ", 16_000),
	"parts of URLs":          strings.Repeat("_http://a", 22_000),
	"parts of hosts":         strings.Repeat("_www.", 40_000),
	"parts of addresses":     strings.Repeat("a_", 100_000),
	"addresses without dots": strings.Repeat(strings.Repeat("a_", 32)+"@b ", 3000),
	"angle brackets":         strings.Repeat("<a:", 66_000),
	"headings":               strings.Repeat("# a\n", 9900),
	"spaces":                 strings.Repeat(" ", 200_000) + "a",
	"tabs in quotes":         strings.Repeat(">\t", 100_000),
	"fences":                 strings.Repeat("```\n", 9900),
	"setext headings":        strings.Repeat("a\n-\n", 4900),
	"tasks":                  strings.Repeat("- [x] ", 33_000),
	"nulls":                  strings.Repeat("\x00", 200_000),
}

// tableWith returns a table with rows that have only one cell in the text.
func tableWith(columns, rows int) string {
	head := strings.Repeat("|a", columns) + "\n" + strings.Repeat("|-", columns)
	return head + strings.Repeat("\na", rows)
}

// definition returns the definition of a link reference with a long URL.
func definition(length int) string {
	return "[a]: https://b.example/" + strings.Repeat("c", length) + "\n\n"
}

// indentedLists returns a list in a list, and so on, each on its own line.
func indentedLists(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}

// backticks returns runs of 1, 2, 3 and more backticks, of which no two have the same length.
func backticks(longest int) string {
	var b strings.Builder
	for i := range longest {
		b.WriteString(strings.Repeat("`", i+1) + " ")
	}
	return b.String()
}

func TestAHostileTextIsRenderedSafelyAndDoesNotGrow(t *testing.T) {
	for name, markdown := range hostileMarkdown {
		t.Run(name, func(t *testing.T) {
			got := renderMarkdown(markdown)
			if len(got) > 5<<20 {
				t.Errorf("%d bytes of text became %d bytes of HTML, want at most 5 MiB", len(markdown), len(got))
			}
			checkSafe(t, got)
		})
	}
}

// BenchmarkHostileMarkdown renders texts that are slow without limits.
func BenchmarkHostileMarkdown(b *testing.B) {
	for name, markdown := range hostileMarkdown {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				renderMarkdown(markdown)
			}
		})
	}
}

// BenchmarkMarkdown renders an answer of 200 words.
func BenchmarkMarkdown(b *testing.B) {
	part := "## Owls\n\nOwls are **silent** hunters of the *night*, see [a page](https://example.com/owls).\n\n" +
		"- They hear `mice` under the snow\n- They turn their head by 270 degrees\n\n" +
		"| owl | weight |\n|---|---:|\n| barn owl | 0.5 kg |\n| eagle owl | 3 kg |\n\n" +
		"```go\nfmt.Println(\"hoo\")\n```\n\n"
	answer := strings.Repeat(part, 4)
	b.ReportMetric(float64(len(strings.Fields(answer))), "words")
	for b.Loop() {
		renderMarkdown(answer)
	}
}
