package httpapi

import (
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
)

// linkTo returns a link as renderMarkdown writes it.
func linkTo(address, text string) string {
	return `<a href="` + address + `" rel="nofollow noreferrer noopener" target="_blank">` + text + `</a>`
}

func TestMarkdownIsRenderedAsHTML(t *testing.T) {
	for name, c := range map[string]struct{ markdown, want string }{
		"nothing":        {"", ""},
		"a paragraph":    {"Hello *you* and **me**", "<p>Hello <em>you</em> and <strong>me</strong></p>"},
		"a heading":      {"## Two\n", "<h2>Two</h2>"},
		"a line break":   {"a  \nb", "<p>a<br>\nb</p>"},
		"a rule":         {"a\n\n---\n", "<p>a</p>\n<hr>"},
		"a quote":        {"> a", "<blockquote>\n<p>a</p>\n</blockquote>"},
		"a list":         {"- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"},
		"an ordered one": {"3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>"},
		"a nested list":  {"- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>"},
		"tasks":          {"- [x] a\n- [ ] b", "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>"},
		"struck text":    {"~~a~~", "<p><del>a</del></p>"},
		"a code span":    {"`a < b`", "<p><code>a &lt; b</code></p>"},
		"code":           {"```go\nx := 'y'\n```", "<pre><code class=\"language-go\">x := &#39;y&#39;\n</code></pre>"},
		"odd languages":  {"```a\"b onclick=x\ny\n```", "<pre><code>y\n</code></pre>"},
		"a table": {
			"|a|b|\n|-|-:|\n|1|2<br>3|",
			"<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n<tbody>\n" +
				"<tr>\n<td>1</td>\n<td align=\"right\">2<br>\n3</td>\n</tr>\n</tbody>\n</table>",
		},
	} {
		t.Run(name, func(t *testing.T) { checkMarkdown(t, c.markdown, c.want) })
	}
}

func TestLinksOpenAnotherTab(t *testing.T) {
	const page, image = "https://b.example", "https://c.example/d.png"
	for name, c := range map[string]struct{ markdown, want string }{
		"a link":             {"[a](https://b.example?c=1&d)", linkTo(page+"?c=1&amp;d", "a")},
		"a reference":        {"[a]\n\n[a]: https://b.example", linkTo(page, "a")},
		"a title":            {"[a](https://b.example \"c\")", linkTo(page, "a")},
		"a bare URL":         {"see https://b.example/c.", "see " + linkTo(page+"/c", page+"/c") + "."},
		"a URL in brackets":  {"<https://b.example>", linkTo(page, page)},
		"a bare host":        {"www.b.example", linkTo("http://www.b.example", "www.b.example")},
		"an image":           {"![a *b*](https://c.example/d.png)", linkTo(image, "a b")},
		"a nameless image":   {"![](https://c.example/d.png)", linkTo(image, image)},
		"an image in a link": {"[![a](https://c.example/d.png)](https://b.example)", linkTo(page, "a")},
	} {
		t.Run(name, func(t *testing.T) { checkMarkdown(t, c.markdown, "<p>"+c.want+"</p>") })
	}
	const address = `<a href="mailto:a@b.example" rel="nofollow noreferrer">`
	checkMarkdown(t, "ask a@b.example.", "<p>ask "+address+"a@b.example</a>.</p>")
	checkMarkdown(t, "[c](mailto:a@b.example)", "<p>"+address+"c</a></p>")
}

// People ask about HTML, so it must be visible.
func TestHTMLInMarkdownIsShownAsText(t *testing.T) {
	for name, c := range map[string]struct{ markdown, want string }{
		"an element":      {"a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>"},
		"a block":         {"<div class=\"x\">\na\n</div>", "<p>&lt;div class=&#34;x&#34;&gt;\na\n&lt;/div&gt;</p>"},
		"a script":        {"<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
		"a loading image": {"<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"},
		"a comment":       {"<!-- a -->", "<p>&lt;!-- a --&gt;</p>"},
		"an entity":       {"&lt;b&gt; &amp;amp;", "<p>&lt;b&gt; &amp;amp;</p>"},
		"an end of code":  {"```\n</code><script>\n```", "<pre><code>&lt;/code&gt;&lt;script&gt;\n</code></pre>"},
		"a line break":    {"a<br>b", "<p>a&lt;br&gt;b</p>"},
	} {
		t.Run(name, func(t *testing.T) { checkMarkdown(t, c.markdown, c.want) })
	}
}

func TestLinksLeadOnlyToTheWebAndToMail(t *testing.T) {
	for _, markdown := range []string{
		"[a](javascript:alert(1))",
		"[a](JaVaScRiPt:alert(1))",
		"[a](<java\nscript:alert(1)>)",
		"[a](&#106;avascript:alert(1))",
		"[a](\x01javascript:alert(1))",
		"[a](vbscript:x)",
		"[a](data:text/html,x)",
		"[a](file:///etc/passwd)",
		"[a](blob:https://b.example/x)",
		"[a](/subscribe)",
		"[a](//b.example)",
		"[a](https:b.example)",
		"[a](https:///b)",
		"[a](b)",
		"[a](#b)",
		"![a](javascript:alert(1))",
		"![a](data:image/png;base64,AA)",
		"<javascript:alert(1)>",
		"[a]\n\n[a]: javascript:alert(1)",
		"[a](ftp://b.example)",
	} {
		got := renderMarkdown(markdown)
		if strings.Contains(got, "<a") || strings.Contains(got, "href") {
			t.Errorf("HTML of %q = %q, want no link", markdown, got)
		}
	}
}

func TestMarkupBeyondALimitStaysText(t *testing.T) {
	deepQuote := renderMarkdown(strings.Repeat(">", 2*maxBlockDepth) + " a")
	if n := strings.Count(deepQuote, "<blockquote>"); n != maxBlockDepth || !strings.Contains(deepQuote, "&gt;&gt; a") {
		t.Errorf("%d quotes in %q, want %d, and the other markers as text", n, deepQuote, maxBlockDepth)
	}
	manyWords := renderMarkdown(strings.Repeat("*a* ", maxMarkers) + "\n\n*b*")
	if n := strings.Count(manyWords, "<em>"); n != maxMarkers/2+1 || !strings.Contains(manyWords, "*a*") {
		t.Errorf("%d emphasised words, want %d in the first paragraph and one in the second", n, maxMarkers/2)
	}
	longList := renderMarkdown(strings.Repeat("- a\n", 1000))
	if n := strings.Count(longList, "<li>"); n != 1000 {
		t.Errorf("%d items of a list, want all 1000", n)
	}
}

func TestATextThatIsTooLargeIsShownUnchanged(t *testing.T) {
	for name, c := range map[string]struct{ markdown, want string }{
		"bytes": {strings.Repeat("*", maxMarkdownBytes+1), strings.Repeat("*", maxMarkdownBytes+1)},
		"lines": {strings.Repeat("<\n", maxMarkdownLines+1), strings.Repeat("&lt;\n", maxMarkdownLines+1)},
	} {
		if got := renderMarkdown(c.markdown); got != "<pre>"+c.want+"</pre>" {
			t.Errorf("HTML of too many %s has %d bytes, want one element pre with the text", name, len(got))
		}
	}
}

func TestAListRendersTheLastRepliesOfAMiB(t *testing.T) {
	reply := chat.Message{Status: chat.Done, Content: strings.Repeat("a", maxRenderedBytes/4)}
	in := FormatIn{Format: "html"}
	rendered := in.listHTML([]chat.Message{reply, reply, reply, {FromUser: true, Content: "b"}, reply})
	for i, want := range []bool{false, true, true, false, true} {
		if got := rendered[i] != nil; got != want {
			t.Errorf("message %d has HTML: %v, want %v", i, got, want)
		}
	}
}

func checkMarkdown(t *testing.T, markdown, want string) {
	t.Helper()
	if got := strings.TrimSuffix(renderMarkdown(markdown), "\n"); got != want {
		t.Errorf("HTML of %q\ngot  %q\nwant %q", markdown, got, want)
	}
}
