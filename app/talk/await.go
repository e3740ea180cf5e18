package talk

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// pollEvery is the interval at which a waiting request reads the store even if the live log
// reports no change, because the live log may lose notices.
const pollEvery = 2 * time.Second

// Await returns a message when it is final. If the context waiting ends earlier, Await
// returns the message in its current state. It fails with chat.ErrNotFound.
func (s *Service) Await(ctx, waiting context.Context, ref MessageRef) (chat.Message, error) {
	roomID, messageID, err := ref.parse()
	if err != nil {
		return chat.Message{}, err
	}
	read := func() (chat.Message, error) {
		m, err := s.config.Messages.Get(ctx, ref.Owner, roomID, messageID)
		if err != nil {
			return m, fmt.Errorf("reading the message: %w", err)
		}
		return m, nil
	}
	for waiting.Err() == nil {
		m, err := s.readOutcome(waiting, roomID, read)
		if err != nil || m.Status.Final() {
			return m, err
		}
	}
	m, err := read()
	if err == nil {
		s.addLiveText(ctx, &m)
	}
	return m, err
}

// readOutcome reads a message, and reads it again whenever it may have become final. It
// returns the message once it is final, or its last known state after pollEvery.
func (s *Service) readOutcome(
	ctx context.Context, roomID id.ID, read func() (chat.Message, error),
) (m chat.Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	for unavailable := range s.config.LiveReader.FollowOutcomes(ctx, roomID) {
		m, err = read()
		if err != nil || m.Status.Final() {
			return m, err
		}
		if unavailable != nil {
			break
		}
	}
	<-ctx.Done()
	if m.ID == "" { // the live log did not answer
		return read()
	}
	return m, nil
}
