package httpapi

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

const (
	// pingEvery is the time without another event after which a stream has a ping. It is
	// shorter than the idle timeouts of common proxies, which start at 30 s.
	pingEvery = 15 * time.Second
	// pingTimeout is how long a client may block a ping. It has read nothing for pingEvery.
	pingTimeout = time.Second
	// checkPingsEvery is the interval at which idle streams are looked for.
	checkPingsEvery = time.Second
	// checkSessionsEvery is the interval at which the sessions of the streams are checked.
	// With the 600 ms that a store may take to notice the end of a session, a stream ends
	// within a second.
	checkSessionsEvery = 300 * time.Millisecond
	// concurrentChecks is how many streams are checked concurrently.
	concurrentChecks = 8
	// endStreamsTimeout is how long the server waits for its streams when it drains.
	endStreamsTimeout = time.Second
)

// openStreams are the open streams of the process. While there are any, it checks their
// sessions and sends pings. It uses two timers for all streams: a timer for each of 10,000
// streams would need a quarter of a CPU.
type openStreams struct {
	checkSession func(context.Context, session.Access) error

	mu       sync.Mutex
	all      map[*eventStream]bool
	stop     context.CancelFunc // ends the checks
	draining chan struct{}      // closed when no stream is left; nil unless the server drains
}

// add adds a stream. It returns false when the server drains.
func (o *openStreams) add(s *eventStream) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.draining != nil {
		return false
	}
	if len(o.all) == 0 {
		o.all = map[*eventStream]bool{}
		ctx, stop := context.WithCancel(context.Background())
		o.stop = stop
		go o.repeat(ctx, checkSessionsEvery, func(s *eventStream) { o.check(ctx, s) })
		go o.repeat(ctx, checkPingsEvery, (*eventStream).pingIfIdle)
	}
	o.all[s] = true
	return true
}

// remove removes a stream that has ended.
func (o *openStreams) remove(s *eventStream) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.all, s)
	if len(o.all) > 0 {
		return
	}
	o.stop()
	if o.draining != nil {
		close(o.draining)
	}
}

// drain ends all streams, and waits up to endStreamsTimeout for them. No stream starts after it.
func (o *openStreams) drain() {
	o.mu.Lock()
	if o.draining != nil {
		o.mu.Unlock()
		return
	}
	o.draining = make(chan struct{})
	for s := range o.all {
		s.end(errDraining)
	}
	none := len(o.all) == 0
	o.mu.Unlock()
	if none {
		return
	}
	select {
	case <-o.draining:
	case <-time.After(endStreamsTimeout):
	}
}

// repeat calls f for all streams at an interval until ctx is done.
func (o *openStreams) repeat(ctx context.Context, interval time.Duration, f func(*eventStream)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var all []*eventStream
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		all = o.list(all)
		forEach(all, f)
	}
}

// list returns the streams. It reuses memory.
func (o *openStreams) list(reuse []*eventStream) []*eventStream {
	clear(reuse) // for the garbage collector
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.AppendSeq(reuse[:0], maps.Keys(o.all))
}

// forEach calls f for all streams. Some calls are concurrent, because a call may wait for the
// store or for a client.
func forEach(all []*eventStream, f func(*eventStream)) {
	var running sync.WaitGroup
	for part := range slices.Chunk(all, len(all)/concurrentChecks+1) {
		running.Go(func() {
			for _, s := range part {
				f(s)
			}
		})
	}
	running.Wait()
}

// check ends a stream whose session has ended.
func (o *openStreams) check(ctx context.Context, s *eventStream) {
	if err := o.checkSession(ctx, s.access); errors.Is(err, session.ErrBadToken) {
		s.end(errSessionEnded)
	}
}
