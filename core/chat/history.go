package chat

import (
	"iter"
	"slices"

	"github.com/kuvaka-tech/parley/core/id"
)

// HistoryMessages is the maximum number of earlier messages that are read for a prompt.
const HistoryMessages = 200

// HistoryQuery selects messages of a room that its summary does not cover: the newest Limit
// of them, or the oldest ones if Oldest is set.
type HistoryQuery struct {
	Owner, Room id.ID
	Before      int64 // selects the messages that were added before this revision; 0 selects all
	Limit       int   // the maximum number of messages
	Oldest      bool

	// MaxBytes, if it is not 0, selects no messages after the one with which the texts reach this
	// length. So a result that is shorter than MaxBytes has left out nothing because of it.
	MaxBytes int
}

// Reached returns how many messages MaxBytes selects, given the lengths of their texts in bytes.
func (q HistoryQuery) Reached(lengths iter.Seq[int]) (n int) {
	total := 0
	for length := range lengths {
		n++
		total += length
		if q.MaxBytes > 0 && total >= q.MaxBytes {
			break
		}
	}
	return n
}

// History is what a room contributes to a prompt.
type History struct {
	Name         string    // of the room, "" until it has a title
	SystemPrompt string    // of the room, "" if none
	Summary      Summary   // of the messages before Messages; zero if there is none
	Messages     []Message // oldest first; only FromUser, Content, Status and Born are valid
}

// Budget is what every prompt for a reply starts with, and how long it may be.
type Budget struct {
	System string // the system text of the program
	Tokens int    // limit of the prompt, counted by Tokens
}

// HistoryBytes is HistoryQuery.MaxBytes for a prompt. It is twice the length of the longest
// prompt, because a history also has fallback texts, which no prompt contains.
func (b Budget) HistoryBytes() int { return 2 * b.Tokens * bytesPerToken }

// Window builds the prompt for the reply to current. The system text of the program, the
// system prompt of the room and current are always included completely. The summary follows
// the system texts. Window cuts it if it does not fit. Then Window includes the newest
// messages for which the whole prompt fits into the budget. The first turn is always the
// user's. Window leaves out fallback texts and unfinished replies, but keeps the prompts that
// they belong to.
func (b Budget) Window(h History, current string) Prompt {
	system := joinParagraphs(b.System, h.SystemPrompt)
	left := b.Tokens - Tokens(system) - Tokens(current)
	system = joinParagraphs(system, h.Summary.paragraph(min(left, b.summaryTokens())))
	left = b.Tokens - Tokens(system) - Tokens(current)
	return Prompt{System: system, Turns: window(h.Messages, current, left)}
}

// window returns the turns of the newest messages that fit into maxTokens, and then current.
func window(before []Message, current string, maxTokens int) []Turn {
	turns := []Turn{{FromUser: true, Text: current}} // newest first
	last := 0                                        // index of the oldest user's turn that fits
	for _, m := range slices.Backward(before) {
		if !m.inConversation() {
			continue
		}
		maxTokens -= Tokens(m.Content)
		if maxTokens < 0 {
			break
		}
		turns = append(turns, Turn{FromUser: m.FromUser, Text: m.Content})
		if m.FromUser {
			last = len(turns) - 1
		}
	}
	turns = turns[:last+1]
	slices.Reverse(turns)
	return turns
}

// inConversation reports whether the model gets the message: a prompt, or the text of
// a finished or cancelled reply.
func (m Message) inConversation() bool {
	return m.FromUser || (m.Status == Done || m.Status == Cancelled) && m.Content != ""
}

// tokens returns the number of tokens that the model gets of the message.
func (m Message) tokens() int {
	if !m.inConversation() {
		return 0
	}
	return Tokens(m.Content)
}

// tokensOf returns the number of tokens that the model gets of the messages.
func tokensOf(messages []Message) (n int) {
	for _, m := range messages {
		n += m.tokens()
	}
	return n
}
