package sim

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// live implements ports.Live with the live log of the world.
type live struct{ p *process }

// Append fails, or arrives after its caller has given up. The caller holds a lock.
func (x live) Append(ctx context.Context, piece chat.Piece) error {
	w := x.p.w
	rates := faultRates{before: 20, after: 20, crash: 1.5, locked: true}
	err := run(ctx, x.p, "live.Append", rates, func() error {
		if !w.chance(20) {
			return w.appendLive(ctx, piece)
		}
		w.record(x.p, "live.Append", " arrives late")
		go func() {
			time.Sleep(w.upTo(40 * time.Second))
			_ = w.appendLive(context.WithoutCancel(ctx), piece)
		}()
		return errFault
	})
	w.confirm(piece.Attempt, err)
	return err
}

// Announce fails more often than other methods, because no caller repeats it.
func (x live) Announce(ctx context.Context, a chat.Announcement) error {
	rates := usual
	rates.before = 60
	err := run(ctx, x.p, "live.Announce", rates, func() error {
		log, _, err := x.p.w.live.connect()
		if err != nil {
			return err
		}
		return log.Announce(ctx, a)
	})
	for _, ended := range a.Ended {
		x.p.w.faultOf(ended.Reply, func(f *liveFaults) { f.endNotSeen = err != nil })
	}
	return err
}

func (x live) Seal(ctx context.Context, roomID id.ID, a chat.Attempt) (chat.LiveText, error) {
	text, err := call(ctx, x.p, "live.Seal", usual, func() (chat.LiveText, error) {
		log, _, err := x.p.w.live.connect()
		if err != nil {
			return chat.LiveText{}, err
		}
		return log.Seal(ctx, roomID, a)
	})
	if err != nil {
		x.p.w.faultOf(a.Reply, func(f *liveFaults) { f.textLost = true })
	}
	return text, err
}

func (x live) Delete(ctx context.Context, rooms ...chat.Room) error {
	return run(ctx, x.p, "live.Delete", usual, func() error {
		log, _, err := x.p.w.live.connect()
		if err != nil {
			return err
		}
		return log.Delete(ctx, rooms...)
	})
}

// liveReader implements ports.LiveReader with the live log of the world.
type liveReader struct{ p *process }

func (x liveReader) Read(ctx context.Context, roomID id.ID) (chat.LiveText, error) {
	text, err := call(ctx, x.p, "liveReader.Read", usual, func() (chat.LiveText, error) {
		log, _, err := x.p.w.live.connect()
		if err != nil {
			return chat.LiveText{}, err
		}
		return log.Read(ctx, roomID)
	})
	if err != nil {
		x.p.w.missText(roomID)
	}
	return text, err
}

// Follow breaks off at random, and when the connection to the live log breaks.
func (x liveReader) Follow(ctx context.Context, roomID id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		c, err := x.listen(ctx, "liveReader.Follow")
		if err != nil {
			yield(chat.Event{}, err)
			return
		}
		defer c.stop()
		for e, err := range c.log.Follow(c, roomID, from) {
			x.p.waitWhileFrozen(ctx)
			if c.Err() != nil {
				break
			}
			if !yield(e, err) {
				return
			}
		}
		if ctx.Err() == nil {
			yield(chat.Event{}, errFault)
		}
	}
}

// FollowOwner breaks off as Follow does.
func (x liveReader) FollowOwner(ctx context.Context, owner id.ID) iter.Seq[error] {
	return x.followNotices(ctx, "liveReader.FollowOwner", func(c *liveConnection) iter.Seq[error] {
		return c.log.FollowOwner(c, owner)
	})
}

// FollowOutcomes breaks off as Follow does.
func (x liveReader) FollowOutcomes(ctx context.Context, roomID id.ID) iter.Seq[error] {
	return x.followNotices(ctx, "liveReader.FollowOutcomes", func(c *liveConnection) iter.Seq[error] {
		return c.log.FollowOutcomes(c, roomID)
	})
}

func (x liveReader) followNotices(
	ctx context.Context, name string, follow func(c *liveConnection) iter.Seq[error],
) iter.Seq[error] {
	return func(yield func(error) bool) {
		c, err := x.listen(ctx, name)
		if err != nil {
			yield(err)
			return
		}
		defer c.stop()
		for err := range follow(c) {
			x.p.waitWhileFrozen(ctx)
			if c.Err() != nil {
				break
			}
			if !yield(err) {
				return
			}
		}
		if ctx.Err() == nil {
			yield(errFault)
		}
	}
}

// Send loses, duplicates and delays signals.
func (x cancelSignals) Send(ctx context.Context, replyID id.ID) error {
	return run(ctx, x.p, "cancelSignals.Send", usual, func() error {
		return x.p.unreliably("cancelSignals.Send", func() error {
			return x.p.w.signals.Send(context.WithoutCancel(ctx), replyID)
		})
	})
}

// Receive breaks off at random. It receives the signals of all processes.
func (x cancelSignals) Receive(ctx context.Context, handle func(replyID id.ID)) error {
	receiving, stop := x.p.breakOff(ctx)
	defer stop()
	err := x.p.w.signals.Receive(receiving, func(replyID id.ID) {
		x.p.waitWhileFrozen(ctx)
		if receiving.Err() == nil {
			handle(replyID)
		}
	})
	if ctx.Err() == nil {
		err = errors.Join(err, errFault)
	}
	return err
}
