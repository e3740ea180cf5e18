package browser

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// hostileAnswers are answers that try to run a script, to load something or to break the layout.
var hostileAnswers = map[string]string{
	"html": "<img src=https://evil.example/a onerror=hacked=1> <script>hacked=2</script>\n\n" +
		"<iframe src=https://evil.example/b></iframe><svg onload=hacked=3><style>*{display:none}</style>\n\n" +
		"```html\n<img src=x onerror=hacked=4>\n</code></pre><script>hacked=5</script>\n```\n",
	"links": "[a](javascript:hacked=6) ![b](https://evil.example/c.png) ![c](javascript:hacked=7) " +
		"[d](data:text/html,<script>hacked=8</script>) <javascript:hacked=9> https://evil.example/e",
	"line":   strings.Repeat("x", 200_000),
	"table":  "|" + strings.Repeat("wide_cell|", 40) + "\n|" + strings.Repeat("-|", 40) + "\n|a",
	"code":   "```\n" + strings.Repeat("code ", 200) + "\n```",
	"nested": strings.Repeat("> ", 100) + strings.Repeat("- ", 100) + "deep",
	"arabic": "مرحبا بالعالم، كيف حالك اليوم؟",
	"hebrew": "שלום עולם\n\nhello",
}

func testHostileAnswer(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{answers: hostileAnswers}))
	v.login()
	v.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	for _, message := range []string{"html", "links", "line", "table", "code"} {
		v.ask(message)
	}
	v.checkHarmless()
	v.click("#open-sidebar")
	v.until(`document.getElementById("upgrade").getBoundingClientRect().left >= 0`)
	v.checkNoOverflow()
}

// testOtherScripts is a part of testHostileAnswer with a separate user, and so a separate quota.
func testOtherScripts(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{answers: hostileAnswers}))
	v.login()
	v.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	for _, message := range []string{"nested", "arabic", "hebrew"} {
		v.ask(message)
	}
	v.checkHarmless()
	const direction = `(text) => getComputedStyle([...document.querySelectorAll(".reply p, .reply li")]
		.findLast((e) => e.innerText.includes(text))).direction`
	for text, want := range map[string]string{"مرحبا": "rtl", "שלום": "rtl", "hello": "ltr"} {
		if got := evaluate[string](v, "("+direction+`)("`+text+`")`); got != want {
			t.Errorf("direction of the text %s = %s, want %s", text, got, want)
		}
	}
}

// checkHarmless fails the test if an answer has run or loaded something or breaks the layout.
func (v *visit) checkHarmless() {
	v.Helper()
	if hacked := evaluate[string](v, `String(globalThis.hacked)`); hacked != "undefined" {
		v.Errorf("script %s of an answer has run", hacked)
	}
	const foreign = `.reply .body :is(img, script, iframe, style, link, object, embed, video, audio, form, input)`
	if n := evaluate[int](v, `document.querySelectorAll("`+foreign+`").length`); n != 0 {
		v.Errorf("%d elements of answers can run or load something, want none", n)
	}
	const odd = `[...document.querySelectorAll(".reply .body a")]
		.filter((a) => !/^https?:$|^mailto:$/.test(a.protocol)).length`
	if n := evaluate[int](v, odd); n != 0 {
		v.Errorf("%d links lead neither to the web nor to mail, want none", n)
	}
	v.checkNoOverflow()
}

// checkNoOverflow fails the test if the page can be scrolled to the side.
func (v *visit) checkNoOverflow() {
	v.Helper()
	const sizes = `[document.documentElement.scrollWidth - innerWidth,
		document.getElementById("scroller").scrollWidth - document.getElementById("scroller").clientWidth]`
	if over := evaluate[[]int](v, sizes); over[0] > 0 || over[1] > 0 {
		v.Errorf("the page is %d px and its conversation %d px too wide, want neither", over[0], over[1])
	}
}
