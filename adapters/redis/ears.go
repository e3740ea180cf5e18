package redis

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// silence is how long a line may be quiet before it is asked whether it still is one.
const silence = 3 * time.Second

// ears is where all followers of a process hear of changes: over one
// connection, its line, that is subscribed to the channels anyone listens to.
type ears struct {
	client  goredis.UniversalClient
	silence time.Duration

	mu      sync.Mutex
	line    *line // nil while there is none
	closed  bool
	running sync.WaitGroup
}

// line is one connection for as long as it lasts. Once it is broken notices may
// have been missed: all that listen are told, and the next one opens another.
type line struct {
	sub    *goredis.PubSub
	ears   map[string]map[*ear]bool // by channel
	broken chan struct{}
	err    error // why it is broken
}

// ear hears one channel; news holds a token after a notice.
type ear struct {
	all     *ears
	line    *line
	channel string
	news    chan struct{}
}

func newEars(client goredis.UniversalClient) *ears {
	return &ears{client: client, silence: silence}
}

// open returns an ear that must be closed. It has news as well once the server
// sends notices: what was seen before then may be old.
func (a *ears) open(ctx context.Context, channel string) (*ear, error) {
	ctx = context.WithoutCancel(ctx) // which would break the line for all
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.connect(ctx); err != nil {
		return nil, err
	}
	e := &ear{a, a.line, channel, make(chan struct{}, 1)}
	if e.line.ears[channel] == nil {
		if err := e.line.sub.Subscribe(ctx, channel); err != nil {
			return nil, err
		}
		e.line.ears[channel] = map[*ear]bool{}
	}
	e.line.ears[channel][e] = true
	return e, nil
}

// connect makes a line unless there is one. The ping fails at once while Redis is known to be away.
func (a *ears) connect(ctx context.Context) error {
	if a.closed {
		return goredis.ErrClosed
	}
	if a.line != nil {
		return nil
	}
	if err := a.client.Ping(ctx).Err(); err != nil {
		return err
	}
	a.line = &line{sub: a.client.Subscribe(ctx), ears: map[string]map[*ear]bool{}, broken: make(chan struct{})}
	a.running.Add(1)
	go a.listen(a.line)
	return nil
}

// close leaves the channel when nobody else in this process listens to it.
func (e *ear) close() {
	e.all.mu.Lock()
	defer e.all.mu.Unlock()
	delete(e.line.ears[e.channel], e)
	if len(e.line.ears[e.channel]) > 0 || e.all.line != e.line {
		return
	}
	delete(e.line.ears, e.channel)
	_ = e.line.sub.Unsubscribe(context.Background(), e.channel) // a line that breaks is noticed by listen
}

// listen passes notices on until the line is broken.
func (a *ears) listen(l *line) {
	defer a.running.Done()
	err := a.receive(l)
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = l.sub.Close()
	if a.line == l {
		a.line = nil
	}
	l.err = err
	close(l.broken)
}

// receive returns why no more is received. A connection whose other end is gone
// without a word would be silent for ever: it is pinged.
func (a *ears) receive(l *line) error {
	pinged := false
	for {
		m, err := l.sub.ReceiveTimeout(context.Background(), a.silence)
		var late net.Error
		if errors.As(err, &late) && late.Timeout() && !pinged {
			pinged = true
			err = l.sub.Ping(context.Background())
		} else {
			pinged = false
		}
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *goredis.Message:
			a.tell(l, m.Channel)
		case *goredis.Subscription:
			a.tell(l, m.Channel)
		}
	}
}

func (a *ears) tell(l *line, channel string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := range l.ears[channel] {
		select {
		case e.news <- struct{}{}:
		default:
		}
	}
}

func (a *ears) close() {
	a.mu.Lock()
	a.closed = true
	if a.line != nil {
		_ = a.line.sub.Close() // which ends its listen
	}
	a.mu.Unlock()
	a.running.Wait()
}
