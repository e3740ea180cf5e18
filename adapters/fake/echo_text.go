package fake

import (
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
)

const (
	titleWords   = 6
	summaryLines = 6
)

// echoOf returns the answer of an Echo without a script.
func echoOf(p chat.Prompt) string {
	message := lastMessage(p)
	switch p.Purpose {
	case chat.ForTitle:
		return firstWords(strings.TrimPrefix(message, "User: "))
	case chat.ForSummary:
		return firstLines(message)
	}
	return "You said: " + message
}

// firstWords returns the first words of the first line.
func firstWords(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	words := strings.Fields(line)
	return strings.Join(words[:min(titleWords, len(words))], " ")
}

// firstLines returns the first lines, without headings and empty lines. The lines of an earlier
// summary come first, so it stays as it is once it has enough lines.
func firstLines(message string) string {
	var lines []string
	for line := range strings.Lines(message) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasSuffix(line, ":") && len(lines) < summaryLines {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// lastMessage returns the text of the user's last turn, "" if there is none.
func lastMessage(p chat.Prompt) string {
	for i := len(p.Turns) - 1; i >= 0; i-- {
		if p.Turns[i].FromUser {
			return p.Turns[i].Text
		}
	}
	return ""
}
