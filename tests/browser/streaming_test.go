package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// formattedAnswer has all common kinds of Markdown.
const formattedAnswer = "# Owls\n\n" +
	"They are **silent** and *quick*, says `owl(1)`; see [a page](https://owls.example/a_b).\n\n" +
	"- first\n- second with **bold**\n  - nested\n- [x] done\n\n" +
	"3. three\n4. four\n\n" +
	"> quoted *text*\n> more\n\n" +
	"```go\nfunc main() {\n\tprintln(\"**no**\")\n}\n```\n\n" +
	"| Sense | Use |\n|:------|----:|\n| Ear | a \\| b |\n| Eye | **far** |\n\n" +
	"Setext\n------\n\na_b_c and 2 * 3 * 4 and \\*plain\\* &amp; ~~gone~~\\\nlast\n\n---\n\nEnd."

// recordShapes records each form of the answer in the page while it is written.
const recordShapes = `globalThis.texts = [];
const scroller = document.getElementById("messages");
new MutationObserver(() => {
	const body = [...document.querySelectorAll(".reply .body")].at(-1);
	if (body?.classList.contains("streamed")) texts.push(body.innerText);
}).observe(scroller, { childList: true, subtree: true, characterData: true });
true`

// While the model writes, people see its format and no marks of Markdown, and the HTML of the
// server changes nothing that they see.
func testFormatWhileStreaming(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{
		answers: map[string]string{"owls": formattedAnswer},
		pace:    10 * time.Millisecond,
	}))
	v.login()
	v.ask("hello")
	evaluate[bool](v, recordShapes)
	evaluate[bool](v, `(measured.shift = 0, true)`)
	v.send("owls")
	v.until(`document.querySelector(".reply.running h1") !== null`)
	v.until(`document.querySelector(".reply.running .code pre") !== null`)
	v.until(`document.querySelector(".reply.running table td") !== null`)
	v.waitAnswered()
	v.checkMeasured("when a formatted answer is written")
	texts := evaluate[[]string](v, `[...new Set(texts)]`)
	for _, text := range texts {
		shown := strings.NewReplacer("**no**", "", "2 * 3 * 4", "", "*plain*", "").Replace(text)
		for _, mark := range []string{"**", "```", "# ", "|:-", "~~", "](", "- [", "> "} {
			if strings.Contains(shown, mark) {
				t.Errorf("while the answer is written, people see %q in %q", mark, text)
			}
		}
	}
	last := texts[len(texts)-1]
	if final := v.messages()[3]; final != strings.TrimSpace(last) {
		t.Errorf("the last text before the HTML of the server is\n%s\nwant\n%s", last, final)
	}
}

// The page formats hostile texts itself while they are written: it must run and load nothing.
func testHostileStream(t *testing.T, chromium context.Context) {
	answers := map[string]string{}
	for name, text := range hostileAnswers {
		if len(text) < 10_000 {
			answers[name] = text + strings.Repeat(" word", 300)
		}
	}
	v := newVisit(t, chromium, start(t, model{answers: answers, pace: 5 * time.Millisecond}))
	v.login()
	for _, message := range []string{"html", "links", "table", "nested"} {
		v.send(message)
		v.waitMessage(".reply.running", "word word word")
		v.checkHarmless()
		v.click("#stop")
		v.until(`document.querySelector(".message:last-child.reply.cancelled .body.prose:not(.streamed)") !== null`)
	}
	v.checkHarmless()
}

// A text that is built to be slow must not stop the page.
func testSlowTexts(t *testing.T, chromium context.Context) {
	answers := map[string]string{}
	for name, part := range map[string]string{
		"stars":    "*a ",
		"brackets": "[",
		"ticks":    "`a ``",
		"quotes":   "> ",
		"spaces":   "#\t\t",
	} {
		answers[name] = strings.Repeat(part, 5000) + strings.Repeat(" word", 20)
	}
	v := newVisit(t, chromium, start(t, model{answers: answers}))
	v.login()
	evaluate[bool](v, `(measured.longTasks = [], true)`)
	for name := range answers {
		v.ask(name)
		v.checkMeasured(fmt.Sprintf("while an answer of %s is written", name))
	}
}
