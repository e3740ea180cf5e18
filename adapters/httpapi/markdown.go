package httpapi

import (
	"bytes"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Larger texts are not rendered. An answer of 10,000 words has about 60 KB.
const (
	maxMarkdownBytes = 256 << 10
	maxMarkdownLines = 10_000
)

// All three are safe for concurrent use.
var (
	markdownParser   = newMarkdownParser()
	markdownRenderer = newMarkdownRenderer()
	markdownPolicy   = newMarkdownPolicy()
)

// renderMarkdown returns a text of a model as HTML that is safe to insert into a page. The
// text is CommonMark with the tables, strikethrough, task lists and autolinks of GitHub.
// HTML in the text is shown as text. A text that is too large becomes one element pre.
func renderMarkdown(markdown string) (out string) {
	if len(markdown) > maxMarkdownBytes || strings.Count(markdown, "\n") > maxMarkdownLines {
		return renderPlain(markdown)
	}
	defer func() {
		if recover() != nil { // a bug of a library must not make a whole page of messages unreadable
			out = renderPlain(markdown)
		}
	}()
	source := []byte(markdown)
	document := markdownParser.Parse(text.NewReader(source), parser.WithContext(newMarkdownLimits()))
	var unsafe bytes.Buffer
	if err := markdownRenderer.Render(&unsafe, source, document); err != nil {
		return renderPlain(markdown)
	}
	return markdownPolicy.SanitizeReader(&unsafe).String()
}

// renderPlain returns a text as one HTML element that shows its characters.
func renderPlain(content string) string { return "<pre>" + html.EscapeString(content) + "</pre>" }

// newMarkdownPolicy returns what answers may contain. It removes everything else from the
// HTML, also if the renderer has a bug. It adds rel and target to links.
func newMarkdownPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li")
	p.AllowElements("em", "strong", "del", "pre", "code", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^\d{1,9}$`)).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[\w+#.-]{1,40}$`)).OnElements("code")
	p.AllowAttrs("href").OnElements("a")
	hasHost := func(u *url.URL) bool { return u.Host != "" }
	p.AllowURLSchemeWithCustomPolicy("http", hasHost)
	p.AllowURLSchemeWithCustomPolicy("https", hasHost)
	p.AllowURLSchemes("mailto")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}
