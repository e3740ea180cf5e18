package answer

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// flushEvery is the minimum time between two deltas of an attempt. Models send many small
// pieces of text, and people cannot read faster than this.
const flushEvery = 40 * time.Millisecond

// errTooLong stops a model whose answer exceeds reply.MaxAnswerBytes. The answer then
// counts as complete.
var errTooLong = errors.New("the answer exceeds the maximum length")

// deltaWriter collects the text of an attempt and appends it to the live log. It combines
// what the model sends within flushEvery into one delta. The first delta is not delayed.
type deltaWriter struct {
	live ports.Live
	task reply.Task

	mu       sync.Mutex
	deltas   []string // of the whole text, without pending
	pending  []byte   // the text that is not in deltas yet
	size     int      // bytes of the whole text
	appended int      // the deltas that the live log has confirmed
	timer    *time.Timer
	waiting  bool  // the timer is running
	err      error // reply.ErrClaimLost after the live log has refused a delta
}

func newDeltaWriter(live ports.Live, t reply.Task) *deltaWriter {
	return &deltaWriter{live: live, task: t}
}

// write adds text, without the characters that cannot be stored. It fails with errTooLong, or
// with reply.ErrClaimLost when the live log knows that the claim has ended. It ignores other
// errors of the live log, because the answer is stored without it.
func (w *deltaWriter) write(ctx context.Context, text string) error {
	text = storable(text)
	if text == "" {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	fitting := chat.CutToFit(text, reply.MaxAnswerBytes-w.size)
	w.size += len(fitting)
	w.pending = append(w.pending, fitting...)
	if len(fitting) < len(text) {
		return errTooLong
	}
	if !w.waiting {
		w.flush(ctx)
		w.wait(ctx)
	}
	return w.err
}

// storable returns text without the characters that a text column of Postgres cannot store.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// wait starts the timer for the next flush. The caller holds the lock.
func (w *deltaWriter) wait(ctx context.Context) {
	w.waiting = true
	if w.timer == nil {
		w.timer = time.AfterFunc(flushEvery, func() { w.afterWait(ctx) })
		return
	}
	w.timer.Reset(flushEvery)
}

// afterWait flushes the text that has arrived in the meantime. If there is none, the next
// write flushes immediately.
func (w *deltaWriter) afterWait(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = false
	if len(w.pending) > 0 && ctx.Err() == nil {
		w.flush(ctx)
		w.wait(ctx)
	}
}

// close stops the timer and appends the rest of the text. ctx is not the one of the model
// call, which may have reached its timeout.
func (w *deltaWriter) close(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	w.waiting = true // a timer that has already fired must not flush
	w.flush(ctx)
}

// flush makes the pending text the next delta and appends it to the live log. It repeats
// the deltas that the live log has not confirmed. The caller holds the lock.
func (w *deltaWriter) flush(ctx context.Context) {
	if len(w.pending) > 0 {
		w.deltas = append(w.deltas, string(w.pending))
		w.pending = w.pending[:0]
	}
	if ctx.Err() != nil || w.appended == len(w.deltas) {
		return
	}
	err := w.appendFrom(ctx, w.appended)
	if errors.Is(err, chat.ErrGap) { // the live log lost earlier deltas
		err = w.appendFrom(ctx, 0)
	}
	switch {
	case err == nil:
		w.appended = len(w.deltas)
	case errors.Is(err, reply.ErrClaimLost):
		w.err = reply.ErrClaimLost
	}
}

// appendFrom appends the deltas with the index from and above to the live log.
func (w *deltaWriter) appendFrom(ctx context.Context, from int) error {
	return w.live.Append(ctx, chat.Piece{
		Room:    w.task.Room,
		Attempt: attemptOf(w.task),
		From:    from,
		Deltas:  w.deltas[from:],
	})
}

// text returns the whole text.
func (w *deltaWriter) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.deltas, "") + string(w.pending)
}

// seen returns the text that the live log has confirmed, so that its followers have seen it.
func (w *deltaWriter) seen() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.deltas[:w.appended], "")
}

// attemptOf returns the attempt that the claim of a task has started.
func attemptOf(t reply.Task) chat.Attempt { return chat.Attempt{Reply: t.Reply, Fence: t.Fence} }
