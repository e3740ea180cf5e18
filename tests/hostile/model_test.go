package hostile

import (
	"context"
	"path"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

const waitingText = "Wait until the user cancels"

// waitingModel is a ports.LLM that answers the message waitingText only when the test ends.
type waitingModel struct {
	ports.LLM
	ended chan struct{}
}

func (p *program) wrapModel(m ports.LLM) ports.LLM { return waitingModel{m, p.ended} }

// Answer implements ports.LLM.
func (m waitingModel) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	if p.Turns[len(p.Turns)-1].Text == waitingText {
		select {
		case <-m.ended:
		case <-ctx.Done():
			return chat.Usage{}, ctx.Err()
		}
	}
	return m.LLM.Answer(ctx, p, emit)
}

// askAndWait sends a message to a room and returns the id of its reply, which runs until it
// is cancelled.
func askAndWait(d client.Device, roomID string) (replyID string) {
	d.Helper()
	return path.Base(d.Send(roomID, waitingText))
}
