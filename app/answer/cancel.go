package answer

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Cancel cancels a reply. room and message are the ids as the client sent them. A queued
// reply has ended when Cancel returns. The worker of a running one ends it within a second,
// or at its next renewal (reply.RenewEvery) if the signal is lost: then notifyErr says why.
//
// Cancel fails with chat.ErrNotFound, or with reply.ErrNotCancellable when the message is
// a prompt or a final reply.
func (s *Service) Cancel(ctx context.Context, owner id.ID, room, message string) (notifyErr, err error) {
	roomID, roomOK := id.Parse(room)
	messageID, messageOK := id.Parse(message)
	if !roomOK || !messageOK {
		return nil, chat.ErrNotFound
	}
	c, err := s.config.MessageChanges.Cancel(ctx, ports.Cancel{
		Owner: owner,
		Room:  roomID,
		Reply: messageID,
		Now:   s.config.Clock.Now(),

		RefundLimit: s.config.RefundLimit,
	})
	if err != nil {
		return nil, fmt.Errorf("cancelling the reply: %w", err)
	}
	ctx = context.WithoutCancel(ctx) // a client that disconnects has still cancelled the reply
	t := reply.Task{
		Reply: messageID,
		Room:  roomID,
		User:  owner,
		Fence: c.Fence,
	}
	switch {
	case c.Reply.Status.Final():
		return s.notify(ctx, t, ports.Finished{Rev: c.Reply.Rev, Next: c.Next}), nil
	case c.Expired:
		return s.finishExpired(ctx, t), nil
	}
	return s.config.CancelSignals.Send(ctx, messageID), nil
}

// finishExpired ends a cancelled reply whose lease has expired. It returns an error when it
// could not. The next claim of a worker then ends the reply.
func (s *Service) finishExpired(ctx context.Context, t reply.Task) error {
	result, err := s.finishCancelled(ctx, t, "")
	if claimEnded(err) { // a worker was faster
		return nil
	}
	return errors.Join(err, result.WakeErr)
}

// finishCancelled ends a cancelled reply with the text that its followers have seen. seen is
// what this process knows of it. The live log may have more, because the response to an
// Append was lost or because an earlier attempt wrote it. It may also have lost all of it.
func (s *Service) finishCancelled(ctx context.Context, t reply.Task, seen string) (Result, error) {
	sealed, err := s.config.Live.Seal(ctx, t.Room, attemptOf(t))
	if text := sealed.Text(); err == nil && len(text) > len(seen) {
		seen = text
	}
	return s.finish(ctx, t, Result{Outcome: reply.CancelledOutcome(seen, s.config.RefundLimit)})
}

// ReceiveCancels stops the attempts of this process whose replies are cancelled, until ctx
// is done. It fails when signals cannot be received. The caller may then call it again.
func (s *Service) ReceiveCancels(ctx context.Context) error {
	if err := s.config.CancelSignals.Receive(ctx, s.running.signal); err != nil {
		return fmt.Errorf("receiving cancel signals: %w", err)
	}
	return nil
}
