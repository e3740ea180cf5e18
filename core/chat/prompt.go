package chat

import (
	"strings"
	"unicode/utf8"
)

// Turn is one message of a conversation, as the model sees it.
type Turn struct {
	FromUser bool
	Text     string
}

// Purpose says what the answer of the model is for.
type Purpose uint8

// The purposes of a prompt.
const (
	ForAnswer  Purpose = iota // the reply to a message
	ForTitle                  // the name of a room
	ForSummary                // the summary of a conversation
)

// Prompt is the input of the model: the system prompt, then turns. The first and
// the last turn are the user's. Models ignore Purpose. Stand-ins for a model use it, because
// they do not understand the system prompt.
type Prompt struct {
	Purpose Purpose
	System  string
	Turns   []Turn
}

// Usage is the number of tokens that a call of the model used: In for the prompt, Out
// for the answer and the model's reasoning.
type Usage struct{ In, Out int }

// bytesPerToken is the number of bytes that Tokens counts as one token.
const bytesPerToken = 3

// Tokens estimates the number of tokens in s, rather too high than too low: one token
// per three bytes. A token is about four characters of English (ai.google.dev,
// "Understand and count tokens"), or about one character of a script that needs three
// bytes per character.
func Tokens(s string) int { return (len(s) + bytesPerToken - 1) / bytesPerToken }

// Tokens estimates the number of tokens in the prompt.
func (p Prompt) Tokens() int {
	n := Tokens(p.System)
	for _, t := range p.Turns {
		n += Tokens(t.Text)
	}
	return n
}

// Estimate returns the usage of a call with this prompt and answer, counted by Tokens.
func (p Prompt) Estimate(answer string) Usage { return Usage{In: p.Tokens(), Out: Tokens(answer)} }

// cutToTokens returns the beginning of s with at most maxTokens, counted by Tokens.
func cutToTokens(s string, maxTokens int) string { return CutToFit(s, maxTokens*bytesPerToken) }

// CutToFit returns the beginning of s with at most maxBytes. It does not cut a character.
func CutToFit(s string, maxBytes int) string {
	if len(s) <= maxBytes {
		return s
	}
	n := max(0, maxBytes)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// joinParagraphs joins the paragraphs that are not empty.
func joinParagraphs(paragraphs ...string) string {
	var all []string
	for _, p := range paragraphs {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, "\n\n")
}
