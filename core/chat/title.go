package chat

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/text"
)

const (
	titleInstructions = `Write a title for the conversation that the user shows you: at most 6 words, in the language of
its user, without quotation marks and without a period at the end. Answer only with the title.`

	// titleSourceTokens limits each message from which a title is made. Its beginning is enough.
	titleSourceTokens = 300

	// TitleBytes is the length at which a model that writes a title is stopped.
	TitleBytes = 1000

	maxTitle = 100 // code points, the limit of text.Name
)

// TitlePrompt returns the prompt for the title of a room, after the answer to a prompt of the
// room. The title is made from the first exchange of the prompt.
func TitlePrompt(answered Prompt, answer string) Prompt {
	turns := append(slices.Clone(answered.Turns), Turn{Text: answer})
	i := slices.IndexFunc(turns, func(t Turn) bool { return !t.FromUser })
	x := exchange{
		prompt: Message{FromUser: true, Content: turns[i-1].Text},
		reply:  Message{Content: turns[i].Text, Status: Done},
	}
	return Prompt{
		Purpose: ForTitle,
		System:  titleInstructions,
		Turns:   []Turn{{FromUser: true, Text: x.transcript(titleSourceTokens)}},
	}
}

// CleanTitle returns the name of a room from the answer of a model: the first line with a
// letter or a digit, without markup and quotation marks, and at most 100 characters of it. It
// returns false if there is none.
func CleanTitle(answer string) (title string, ok bool) {
	for line := range strings.Lines(answer) {
		line = displayed(line)
		if strings.HasPrefix(line, "```") {
			continue
		}
		line = withoutMarkup(displayed(withoutInlineMarks(line)))
		if !strings.ContainsFunc(line, isWordCharacter) {
			continue
		}
		if name, err := text.Name(cutTitle(line)); err == nil {
			return name, true
		}
	}
	return "", false
}

func isWordCharacter(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// displayed returns a line without characters that control the display, and with single spaces.
func displayed(line string) string {
	line = strings.Map(func(r rune) rune {
		if text.ControlsDisplay(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(line, ""))
	return strings.Join(strings.Fields(line), " ")
}

// withoutMarkup returns a line without the marks of a heading or a list, the word "Title:", and
// quotation marks.
func withoutMarkup(line string) string {
	for before := ""; before != line; {
		before = line
		if mark, rest, found := strings.Cut(line, " "); found && isMark(mark) {
			line = rest
		}
		line = unquoted(line)
	}
	return line
}

// isMark reports whether the first word of a line is not a part of the title.
func isMark(word string) bool {
	return strings.Trim(word, "#") == "" || strings.Contains("- > *", word) || strings.EqualFold(word, "title:")
}

// quotes has the pairs of characters that models put around a title.
var quotes = [][2]string{
	{"**", "**"}, {"__", "__"}, {"*", "*"}, {"_", "_"}, {"`", "`"},
	{`"`, `"`}, {"'", "'"}, {"“", "”"}, {"‘", "’"}, {"„", "“"}, {"«", "»"}, {"「", "」"},
}

// unquoted returns a line without the quotation marks around it.
func unquoted(line string) string {
	for _, q := range quotes {
		inner, opened := strings.CutPrefix(line, q[0])
		inner, closed := strings.CutSuffix(inner, q[1])
		if opened && closed && !strings.Contains(inner, q[1]) {
			line = strings.TrimSpace(inner)
		}
	}
	return line
}

// cutTitle cuts a title that is too long, after a word if one ends in its second half.
func cutTitle(title string) string {
	if utf8.RuneCountInString(title) <= maxTitle {
		return title
	}
	cut := string([]rune(title)[:maxTitle])
	if i := strings.LastIndex(cut, " "); i > len(cut)/2 {
		cut = cut[:i]
	}
	return cut
}
