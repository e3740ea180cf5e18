package chat

// Turn is one side's part of a conversation, as the model sees it.
type Turn struct {
	FromUser bool
	Text     string
}

// Prompt is what the model gets: the system text, then turns that begin and end with a user's.
type Prompt struct {
	System string
	Turns  []Turn
}

// HistoryMessages bounds how far back a window may look, in messages.
const HistoryMessages = 200

// Tokens estimates how many tokens a model makes of s, on the high side: a token
// is about four characters of English (ai.google.dev, "Understand and count
// tokens"), and about one of scripts that take three bytes a character.
func Tokens(s string) int { return (len(s) + 2) / 3 }

// Estimate is what answering so takes, as Tokens counts.
func (p Prompt) Estimate(answer string) Usage {
	in := Tokens(p.System)
	for _, t := range p.Turns {
		in += Tokens(t.Text)
	}
	return Usage{In: in, Out: Tokens(answer)}
}

// Window is the prompt for current after the messages before it, oldest first.
// The system text and current are always whole and there once; of the rest it
// keeps the newest that fit in budget tokens, beginning with a user's turn.
// Fallback texts and unfinished replies are left out; their prompts stay.
func Window(system string, before []Message, current string, budget int) Prompt {
	left := budget - Tokens(system) - Tokens(current)
	turns := []Turn{{true, current}}
	kept := 0
	for i := len(before) - 1; i >= 0; i-- {
		m := before[i]
		if !m.said() {
			continue
		}
		if left -= Tokens(m.Content); left < 0 {
			break
		}
		turns = append(turns, Turn{m.FromUser, m.Content})
		if m.FromUser {
			kept = len(turns) - 1
		}
	}
	return Prompt{system, reversed(turns[:kept+1])}
}

// said tells whether the message is part of the conversation: a user's, or an answer as far as it was given.
func (m Message) said() bool {
	return m.FromUser || (m.Status == Done || m.Status == Cancelled) && m.Content != ""
}

func reversed(turns []Turn) []Turn {
	out := make([]Turn, len(turns))
	for i, t := range turns {
		out[len(turns)-1-i] = t
	}
	return out
}
