package chat

import "slices"

// Turn is one message of a conversation, as the model sees it.
type Turn struct {
	FromUser bool
	Text     string
}

// Prompt is the input of the model: the system prompt, then turns. The first and
// the last turn are the user's.
type Prompt struct {
	System string
	Turns  []Turn
}

// HistoryMessages is the maximum number of earlier messages that are read for a prompt.
const HistoryMessages = 200

// Tokens estimates the number of tokens in s, rather too high than too low: one token
// per three bytes. A token is about four characters of English (ai.google.dev,
// "Understand and count tokens"), or about one character of a script that needs three
// bytes per character.
func Tokens(s string) int { return (len(s) + 2) / 3 }

// Estimate returns the usage of a call with this prompt and answer, counted by Tokens.
func (p Prompt) Estimate(answer string) Usage {
	in := Tokens(p.System)
	for _, t := range p.Turns {
		in += Tokens(t.Text)
	}
	return Usage{In: in, Out: Tokens(answer)}
}

// Window builds the prompt of the model. system and current, the message to answer,
// are always included completely. before are the earlier messages of the room, oldest
// first. Window includes the newest of them for which the whole prompt fits into
// maxTokens, counted by Tokens. The first turn is always the user's. Window leaves out
// fallback texts and unfinished replies, but keeps the prompts that they belong to.
func Window(system string, before []Message, current string, maxTokens int) Prompt {
	left := maxTokens - Tokens(system) - Tokens(current)
	turns := []Turn{{FromUser: true, Text: current}} // newest first
	last := 0                                        // index of the oldest user's turn that fits
	for i := len(before) - 1; i >= 0; i-- {
		m := before[i]
		if !m.inConversation() {
			continue
		}
		left -= Tokens(m.Content)
		if left < 0 {
			break
		}
		turns = append(turns, Turn{FromUser: m.FromUser, Text: m.Content})
		if m.FromUser {
			last = len(turns) - 1
		}
	}
	turns = turns[:last+1]
	slices.Reverse(turns)
	return Prompt{System: system, Turns: turns}
}

// inConversation reports whether the model gets the message: a prompt, or the text of
// a finished or cancelled reply.
func (m Message) inConversation() bool {
	return m.FromUser || (m.Status == Done || m.Status == Cancelled) && m.Content != ""
}

// Usage is the number of tokens that a call of the model used: In for the prompt, Out
// for the answer and the model's reasoning.
type Usage struct{ In, Out int }
