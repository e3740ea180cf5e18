package talk

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
)

// listen returns a channel that receives a value when the rooms of the user may have
// changed, and every pollEvery while the live log is unavailable.
func (f *feedFollower) listen(ctx context.Context) <-chan struct{} {
	changed := make(chan struct{}, 1)
	notify := func() {
		select {
		case changed <- struct{}{}:
		default: // the last value was not received yet
		}
	}
	go func() {
		for ctx.Err() == nil {
			for err := range f.service.config.LiveReader.FollowOwner(ctx, f.owner) {
				if err == nil {
					notify()
				}
			}
			sleep(ctx, pollEvery)
			notify()
		}
	}()
	return changed
}

// followText starts to follow the running reply of a room, unless it is already followed. It
// stops following a reply that has ended.
func (f *feedFollower) followText(ctx context.Context, r *followedRoom) {
	if r.open == "" {
		r.stopText()
		return
	}
	if r.stop != nil {
		return
	}
	following, stop := context.WithCancel(ctx)
	r.stop = stop
	go f.forwardTexts(following, r, r.cursor)
}

// stopText ends the goroutine that follows the running reply.
func (r *followedRoom) stopText() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

// forwardTexts sends the deltas of a room to f.texts until ctx is done. While the live log
// is unavailable, it tries again every pollEvery.
func (f *feedFollower) forwardTexts(ctx context.Context, r *followedRoom, from chat.Cursor) {
	for ctx.Err() == nil {
		for e, err := range f.service.config.LiveReader.Follow(ctx, r.room, from) {
			if err != nil {
				break
			}
			from = e.At
			if e.Kind == chat.Changed {
				continue
			}
			select {
			case f.texts <- textEvent{r, e}:
			case <-ctx.Done():
				return
			}
		}
		sleep(ctx, pollEvery)
	}
}

// handleText yields an event of the live log. It reads the changes before an unexpected one.
func (f *feedFollower) handleText(ctx context.Context, e textEvent) error {
	if e.room.isUnexpected(e.Event) {
		if err := f.readChanges(ctx); err != nil {
			return err
		}
	}
	u, ok := e.room.textUpdate(e.Event)
	if !ok {
		return nil
	}
	return f.send(u)
}
