package sim

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// liveLog is the server of the live log, which all processes share. It may be down, and it
// may lose its data.
type liveLog struct {
	mu        sync.Mutex
	log       *memory.Live
	connected context.Context // of all connections; done while the server is down
	breakAll  context.CancelFunc
}

func newLiveLog() *liveLog {
	l := &liveLog{}
	l.start(memory.NewLive())
	return l
}

// start accepts connections to a log.
func (l *liveLog) start(log *memory.Live) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = log
	l.connected, l.breakAll = context.WithCancel(context.Background())
}

// stop breaks all connections.
func (l *liveLog) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.breakAll()
}

// connect returns the log and a context that is done when the connection breaks. It fails
// while the server is down.
func (l *liveLog) connect() (*memory.Live, context.Context, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.connected.Err() != nil {
		return nil, nil, errFault
	}
	return l.log, l.connected, nil
}

// interruptLive lets the live log be down from time to time. Half of the times it loses its
// data.
func (w *world) interruptLive() {
	for {
		w.waitForEvening(w.upTo(30 * time.Minute))
		if w.isEvening() {
			return
		}
		w.note("the live log is down")
		w.live.stop()
		w.count("outages of the live log")
		time.Sleep(w.upTo(30 * time.Second))
		if w.chance(500) {
			w.loseLive()
		} else {
			w.live.start(w.live.log)
		}
		w.note("the live log is up")
	}
}

// loseLive starts the live log without data. The text of a reply that is not final may be
// lost, so its followers may have seen more than its worker knows.
func (w *world) loseLive() {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	w.note("the live log has lost its data")
	for _, x := range t.replies {
		x.textLost = x.textLost || x.final == nil
		t.unread[x.room]++
	}
	w.live.start(memory.NewLive())
	w.count("losses of the live log")
}

// appendLive appends deltas to the live log and records them. A delta never changes.
func (w *world) appendLive(ctx context.Context, p chat.Piece) error {
	log, _, err := w.live.connect()
	if err != nil {
		return err
	}
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := log.Append(ctx, p); err != nil {
		return err
	}
	known := t.deltas[p.Attempt]
	for i, delta := range p.Deltas {
		switch n := p.From + i; {
		case n == len(known):
			known = append(known, delta)
		case n > len(known):
			w.violate("delta %d of %v was appended before delta %d", n, p.Attempt, len(known))
		case known[n] != delta:
			w.violate("delta %d of %v changed from %q to %q", n, p.Attempt, known[n], delta)
		}
	}
	t.deltas[p.Attempt] = known
	return nil
}

// confirm records whether the worker knows that the log has its deltas.
func (w *world) confirm(a chat.Attempt, err error) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unconfirmed[a] = err != nil
}

// faultOf records a fault of the live log that concerns a reply.
func (w *world) faultOf(replyID id.ID, record func(*liveFaults)) {
	t := &w.truth
	t.mu.Lock()
	defer t.mu.Unlock()
	if x := t.replies[replyID]; x != nil {
		record(&x.liveFaults)
	}
}

// checkWritten: the content of a reply that is done is what its deltas join to. The content
// of a cancelled one is what its followers have seen.
func (w *world) checkWritten(x *exchange, fence int64, o reply.Outcome) {
	a := chat.Attempt{Reply: x.reply, Fence: fence}
	written := chat.LiveText{Deltas: w.truth.deltas[a]}.Text()
	if o.Status == chat.Done && written != o.Content && !w.truth.unconfirmed[a] {
		w.violate("the answer is %q, its deltas are %q", o.Content, w.truth.deltas[a])
	}
	log, _, err := w.live.connect()
	if o.Status != chat.Cancelled || err != nil || x.textLost {
		return
	}
	text, err := log.Read(context.Background(), x.room)
	if err == nil && text.Reply == x.reply && !text.Ended && text.Text() != o.Content {
		w.violate("a cancelled reply has the text %q, its followers saw %q", o.Content, text.Text())
	}
}
