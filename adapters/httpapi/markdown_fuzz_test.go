package httpapi

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// FuzzMarkdown checks that the HTML of every text has only allowed elements and attributes.
func FuzzMarkdown(f *testing.F) {
	for _, markdown := range hostileMarkdown {
		f.Add(markdown[:min(len(markdown), 300)])
	}
	for _, markdown := range []string{
		"# a\n\n> *b* **c** ~~d~~ `e`\n\n1. f\n   - [x] g\n\n| h | i |\n|:-|-:|\n| j<br>k | l |\n",
		"[a](javascript:x) <https://b.example> ![c](d \"e\") www.f.example g@h.example",
		"[a]\n\n[a]: https://b.example",
		"```js\"onload=x\n</code><script>\n```\n\n<img src=x onerror=y>\n\n&lt;&#60;&#x3c;script",
	} {
		f.Add(markdown)
	}
	f.Fuzz(func(t *testing.T, markdown string) { checkSafe(t, renderMarkdown(markdown)) })
}

// allowedAttributes are the elements of rendered Markdown, with the patterns of their attributes.
var allowedAttributes = map[string]map[string]*regexp.Regexp{
	"h1": nil, "h2": nil, "h3": nil, "h4": nil, "h5": nil, "h6": nil, "p": nil, "br": nil, "hr": nil,
	"blockquote": nil, "ul": nil, "li": nil, "em": nil, "strong": nil, "del": nil, "pre": nil,
	"table": nil, "thead": nil, "tbody": nil, "tr": nil,
	"ol":   {"start": regexp.MustCompile(`^[0-9]+$`)},
	"th":   {"align": regexp.MustCompile(`^(left|center|right)$`)},
	"td":   {"align": regexp.MustCompile(`^(left|center|right)$`)},
	"code": {"class": regexp.MustCompile(`^language-[a-zA-Z0-9_+#.-]+$`)},
	"a": {
		"href":   regexp.MustCompile(`^(https?://[^/]|mailto:)`),
		"rel":    regexp.MustCompile(`^nofollow noreferrer( noopener)?$`),
		"target": regexp.MustCompile(`^_blank$`),
	},
}

// checkSafe fails the test unless HTML has only what is allowed.
func checkSafe(t *testing.T, fragment string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader("<!doctype html><body>" + fragment))
	if err != nil {
		t.Fatalf("the HTML cannot be parsed: %v\n%.2000s", err, fragment)
	}
	for n := range root.Descendants() {
		switch {
		case n.Type == html.CommentNode:
			t.Errorf("comment %q, want none in\n%.2000s", n.Data, fragment)
		case n.Type == html.ElementNode && !slices.Contains([]string{"html", "head", "body"}, n.Data):
			checkElement(t, n)
		}
	}
}

// checkElement fails the test unless an element and its attributes are allowed.
func checkElement(t *testing.T, n *html.Node) {
	t.Helper()
	patterns, ok := allowedAttributes[n.Data]
	if !ok {
		t.Errorf("element %s, which is not allowed", n.Data)
	}
	for _, attribute := range n.Attr {
		if pattern := patterns[attribute.Key]; pattern == nil || !pattern.MatchString(attribute.Val) {
			t.Errorf("attribute %s=%q of %s, which is not allowed", attribute.Key, attribute.Val, n.Data)
		}
		if attribute.Key == "href" {
			checkHref(t, n, attribute.Val)
		}
	}
}

// checkHref fails the test unless a link leads to the web, in another tab, or to mail.
func checkHref(t *testing.T, n *html.Node, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Errorf("link to %q, which is no URL: %v", address, err)
		return
	}
	isWeb := (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	if wantAttributes := map[bool]int{true: 3, false: 2}[isWeb]; len(n.Attr) != wantAttributes {
		t.Errorf("link to %q with the attributes %v, want %d", address, n.Attr, wantAttributes)
	}
	if !isWeb && u.Scheme != "mailto" {
		t.Errorf("link to %q, want the web or mail", address)
	}
}
