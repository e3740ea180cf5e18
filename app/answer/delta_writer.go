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
// what the model sends within flushEvery into one delta. The first delta is not delayed. The model
// does not wait for the live log.
type deltaWriter struct {
	live ports.Live
	task reply.Task

	mu       sync.Mutex
	deltas   []string // of the whole text, without pending
	pending  []byte   // the text that is not in deltas yet
	size     int      // bytes of the whole text
	appended int      // the deltas that the live log has confirmed
	flushing bool     // a goroutine is in flushWhilePending
	err      error    // reply.ErrClaimLost after the live log has refused a delta

	closed    chan struct{}
	appending chan struct{}  // has an element during a flush
	flushes   sync.WaitGroup // the goroutines that flush
}

func newDeltaWriter(live ports.Live, t reply.Task) *deltaWriter {
	return &deltaWriter{
		live:      live,
		task:      t,
		closed:    make(chan struct{}),
		appending: make(chan struct{}, 1),
	}
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
	if !w.flushing {
		w.flushing = true
		w.flushes.Go(func() { w.flushWhilePending(ctx) })
	}
	return w.err
}

// storable returns text without the characters that a text column of Postgres cannot store.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// flushWhilePending appends the pending text, and every flushEvery what has arrived since. It returns
// when nothing has arrived, and when the writer is closed or ctx is done.
func (w *deltaWriter) flushWhilePending(ctx context.Context) {
	for w.hasPending() {
		pause := time.After(flushEvery)
		w.flush(ctx)
		select {
		case <-pause:
		case <-w.closed:
			return
		case <-ctx.Done():
			return
		}
	}
}

// hasPending reports whether text is pending. If not, the next write starts another goroutine.
func (w *deltaWriter) hasPending() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushing = len(w.pending) > 0
	return w.flushing
}

// close starts to append the rest of the text. No write may follow.
func (w *deltaWriter) close(ctx context.Context) {
	close(w.closed)
	w.flushes.Go(func() { w.flush(ctx) })
}

// wait waits until no flush is running. After close, the live log then has all of the text that it
// will get.
func (w *deltaWriter) wait() { w.flushes.Wait() }

// flush makes the pending text the next delta and appends it to the live log. It repeats the deltas
// that the live log has not confirmed.
func (w *deltaWriter) flush(ctx context.Context) {
	w.appending <- struct{}{}
	defer func() { <-w.appending }()
	deltas, appended := w.nextDeltas()
	if ctx.Err() != nil || appended == len(deltas) {
		return
	}
	err := w.append(ctx, deltas, appended)
	if errors.Is(err, chat.ErrGap) { // the live log lost earlier deltas
		err = w.append(ctx, deltas, 0)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		w.appended = len(deltas)
	case errors.Is(err, reply.ErrClaimLost):
		w.err = reply.ErrClaimLost
	}
}

// nextDeltas makes the pending text the next delta. It returns all deltas, and how many of them the
// live log has confirmed.
func (w *deltaWriter) nextDeltas() (deltas []string, appended int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) > 0 {
		w.deltas = append(w.deltas, string(w.pending))
		w.pending = w.pending[:0]
	}
	return w.deltas, w.appended
}

// append appends the deltas with the index from and above to the live log.
func (w *deltaWriter) append(ctx context.Context, deltas []string, from int) error {
	return w.live.Append(ctx, chat.Piece{
		Room:    w.task.Room,
		Attempt: attemptOf(w.task),
		From:    from,
		Deltas:  deltas[from:],
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
