package chat

import "regexp"

// inlineMarks are the marks of Markdown inside of a line, and what remains of each.
var inlineMarks = []struct {
	pattern *regexp.Regexp
	rest    string
}{
	{regexp.MustCompile(`!?\[([^\[\]]*)\]\([^()\s]*\)`), "$1"}, // a link or an image
	{regexp.MustCompile("`+"), ""},
	{regexp.MustCompile(`\*\*|~~`), ""},
	{regexp.MustCompile(`(^|[\s(])\*([^\s*](?:[^*]*[^\s*])?)\*`), "$1$2"},
	{regexp.MustCompile(`(^|[\s(])_([^\s_](?:[^_]*[^\s_])?)_([\s.,;:!?)]|$)`), "$1$2$3"},
}

// withoutInlineMarks returns a line without the marks of emphasis, code and links.
func withoutInlineMarks(line string) string {
	for _, m := range inlineMarks {
		line = m.pattern.ReplaceAllString(line, m.rest)
	}
	return line
}
