package chat

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Summary replaces the oldest messages of a room in a prompt. It covers whole exchanges, a
// prompt with its reply, and never the last one of the room. Only that one can be edited or
// retried, so a change by the user never changes what a summary covers. A message that is
// sent while a summary is being made does not break this: an exchange that is not the last
// one never becomes the last one again.
type Summary struct {
	Text    string // "" only in the zero Summary
	Through int64  // Message.Born of the last message that the summary covers
}

// ErrStaleSummary means that a room has another summary than the one to be replaced, or that
// the new one covers a message that its user can still change.
var ErrStaleSummary = fault.New(fault.Conflict, "stale_summary", "The room has changed since this summary was made.")

// maxSummaryTokens limits a summary, also for a model with a large budget: the model must be
// able to write it within reply.AttemptTimeout.
const maxSummaryTokens = 1000

// summaryTokens is the limit of the summary in a prompt.
func (b Budget) summaryTokens() int { return min(b.Tokens/4, maxSummaryTokens) }

const summaryHeading = "Summary of the conversation so far:\n"

// SummaryBytes is the maximum length of the text of a summary. A longer one would be cut in
// each prompt.
func (b Budget) SummaryBytes() int {
	return max(0, b.summaryTokens()*bytesPerToken-len("\n\n"+summaryHeading))
}

// paragraph returns the summary as a paragraph of the system text, and "" for none. With the
// blank line before it, it has at most maxTokens.
func (s Summary) paragraph(maxTokens int) string {
	content := CutToFit(s.Text, maxTokens*bytesPerToken-len("\n\n"+summaryHeading))
	if content == "" {
		return ""
	}
	return summaryHeading + content
}

// space is what the system texts of a room leave for its summary and messages.
func (b Budget) space(h History) int {
	return b.Tokens - Tokens(joinParagraphs(b.System, h.SystemPrompt))
}

// UntilSummary returns how many tokens the answer to current may have until the oldest
// messages should be summarized, because the conversation then takes more than three quarters
// of the budget, or has too many messages to be read. So a summary usually exists before Window
// leaves out the first message. The result is negative if every answer needs a summary.
func (b Budget) UntilSummary(h History, current string) int {
	space := b.space(h)
	switch {
	case space < b.summaryTokens(): // long system texts leave no place for a summary
		return math.MaxInt
	case 4*(len(h.Messages)+2) > 3*HistoryMessages:
		return -1
	}
	return 3*space/4 - Tokens(h.Summary.Text) - tokensOf(h.Messages) - Tokens(current)
}

const summaryInstructions = `You maintain the summary of a conversation between a user and an assistant. The assistant
reads the summary instead of the messages. Write a new summary with what the earlier summary says and what the new
messages add. Keep names, numbers, dates, facts, preferences, decisions and open questions. Leave out small talk. Write
plain text in the language of the conversation, at most %d words. Answer only with the summary.`

// SummaryPrompt returns the prompt for a new summary of the room, and Summary.Through of the
// result. It covers the earlier summary and the oldest exchanges of h, as many as fit into
// the budget. h must have been read with HistoryQuery.Oldest. A quarter of the budget stays
// uncovered, so that not every answer needs a summary. ok is false if there is nothing to cover.
func (b Budget) SummaryPrompt(h History) (p Prompt, through int64, ok bool) {
	p = Prompt{Purpose: ForSummary, System: fmt.Sprintf(summaryInstructions, b.summaryTokens()/2)}
	var transcript strings.Builder
	if h.Summary.Text != "" {
		earlier := CutToFit(h.Summary.Text, b.SummaryBytes())
		transcript.WriteString("Earlier summary:\n" + earlier + "\n\nNew messages:\n")
	}
	left := (b.Tokens-Tokens(p.System))*bytesPerToken - transcript.Len()
	for _, x := range b.coverable(h) {
		lines := x.transcript(b.Tokens / 4)
		left -= len(lines)
		if left < 0 {
			break
		}
		transcript.WriteString(lines)
		through = x.reply.Born
	}
	p.Turns = []Turn{{FromUser: true, Text: transcript.String()}}
	return p, through, through > 0
}

// exchange is a prompt with its reply.
type exchange struct{ prompt, reply Message }

// coverable returns the oldest exchanges that a new summary should cover.
func (b Budget) coverable(h History) []exchange {
	all := h.unchangeable()
	n := 0
	for n < len(all) && !b.staysUncovered(h, h.Messages[2*n:]) {
		n++
	}
	return all[:n]
}

// staysUncovered reports whether the newest messages of a room are few enough to stay
// uncovered.
func (b Budget) staysUncovered(h History, newest []Message) bool {
	return 4*tokensOf(newest) <= b.space(h) && 4*len(newest) <= HistoryMessages
}

// unchangeable returns the exchanges at the start of the history that will never change: their
// replies are final, and a later exchange follows.
func (h History) unchangeable() []exchange {
	var all []exchange
	for pair := range slices.Chunk(h.Messages, 2) {
		if len(pair) < 2 || !pair[1].Status.Final() {
			return all
		}
		all = append(all, exchange{prompt: pair[0], reply: pair[1]})
	}
	return all[:max(0, len(all)-1)]
}

// transcript returns the exchange as text. It cuts each message to maxTokens.
func (x exchange) transcript(maxTokens int) string {
	lines := "User: " + cutToTokens(x.prompt.Content, maxTokens) + "\n"
	if x.reply.inConversation() {
		lines += "Assistant: " + cutToTokens(x.reply.Content, maxTokens) + "\n"
	}
	return lines
}
