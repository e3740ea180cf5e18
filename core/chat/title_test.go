package chat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/text"
)

func TestCleanTitle(t *testing.T) {
	long := strings.Repeat("word ", 40)
	for answer, want := range map[string]string{
		"What owls eat":                          "What owls eat",
		"  What owls eat \n":                     "What owls eat",
		"\"What owls eat\"":                      "What owls eat",
		"“What owls eat”\n\nIs this right?":      "What owls eat",
		"**What owls eat**":                      "What owls eat",
		"# What owls eat":                        "What owls eat",
		"Title: What owls eat":                   "What owls eat",
		"**\"What owls eat\"**":                  "What owls eat",
		"- `What owls eat`":                      "What owls eat",
		"```\nWhat owls eat\n```":                "What owls eat",
		"What\towls\x00 \u202Eeat":               "What owls eat",
		"\n---\n## 「フクロウの食べ物」":                   "フクロウの食べ物",
		"What **do** owls `eat`":                 "What do owls eat",
		"[What](https://a.example) *owls* _eat_": "What owls eat",
		"2 * 3 * 4 and a_b_c":                    "2 * 3 * 4 and a_b_c",
		"C#":                                     "C#",
		"'Owls' and 'bats'":                      "'Owls' and 'bats'",
		long:                                     strings.TrimSpace(long[:99]),
		strings.Repeat("語", 101):                 strings.Repeat("語", 100),
		"\xff What owls eat":                     "What owls eat",
	} {
		if got, ok := chat.CleanTitle(answer); got != want || !ok {
			t.Errorf("the title of the answer %q is %q, %t, want %q", answer, got, ok, want)
		}
	}
	for _, answer := range []string{"", " \n\t\n", "***", "```", "\"\"", "🦉", "\x00\u202E", "..."} {
		if got, ok := chat.CleanTitle(answer); ok {
			t.Errorf("the title of the answer %q is %q, want none", answer, got)
		}
	}
}

func TestEveryTitleIsAValidName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answer := rapid.OneOf(
			rapid.String(),
			rapid.StringOf(rapid.SampledFrom([]rune("ab#*_`\"'“”- \n\t\x00\u202E語"))),
		).Draw(t, "answer")
		title, ok := chat.CleanTitle(answer)
		name, err := text.Name(title)
		if ok && (err != nil || name != title || strings.Contains(title, "\n")) {
			t.Fatalf("the title is %q, want a valid name of one line (%v)", title, err)
		}
		if n := utf8.RuneCountInString(title); n > 100 {
			t.Fatalf("the title has %d characters, want at most 100", n)
		}
	})
}

func TestTitlePromptHasTheFirstExchange(t *testing.T) {
	user := func(s string) chat.Turn { return chat.Turn{FromUser: true, Text: s} }
	model := func(s string) chat.Turn { return chat.Turn{Text: s} }
	for want, turns := range map[string][]chat.Turn{
		"User: now\nAssistant: answer\n": {user("now")},
		"User: one\nAssistant: 1\n":      {user("one"), model("1"), user("now")},
		"User: second\nAssistant: 2\n":   {user("failed"), user("second"), model("2"), user("now")},
	} {
		p := chat.TitlePrompt(chat.Prompt{System: "be kind", Turns: turns}, "answer")
		if p.Purpose != chat.ForTitle || len(p.Turns) != 1 || p.Turns[0] != user(want) {
			t.Errorf("the prompt after the turns %+v is %+v, want the turn %q", turns, p, want)
		}
		if p.System == "" || strings.Contains(p.System, "be kind") {
			t.Errorf("the system text is %q, want one of its own", p.System)
		}
	}
	long := strings.Repeat("語", 8000)
	p := chat.TitlePrompt(chat.Prompt{Turns: []chat.Turn{user(long)}}, long)
	if n := p.Tokens(); n > 1000 || !utf8.ValidString(p.Turns[0].Text) {
		t.Errorf("the prompt after a long exchange has %d tokens, want at most 1000 and no cut characters", n)
	}
}
