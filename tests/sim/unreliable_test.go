package sim

import (
	"context"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
)

// breakOff returns a child of ctx that ends at random before ctx, and when the process
// crashes.
func (p *process) breakOff(ctx context.Context) (breaking context.Context, stop context.CancelFunc) {
	w := p.w
	d := 24 * time.Hour
	if w.chance(300) {
		d = w.upTo(3 * time.Minute)
	}
	breaking, cancel := context.WithTimeout(ctx, d)
	release := context.AfterFunc(p.life, cancel)
	return breaking, func() {
		release()
		cancel()
	}
}

// liveConnection is a connection to the live log. Its context ends when it breaks.
type liveConnection struct {
	context.Context
	log  *memory.Live
	stop func()
}

// listen connects a follower to the live log.
func (x liveReader) listen(ctx context.Context, name string) (*liveConnection, error) {
	return call(ctx, x.p, name, usual, func() (*liveConnection, error) {
		log, connected, err := x.p.w.live.connect()
		if err != nil {
			return nil, err
		}
		breaking, stop := x.p.breakOff(ctx)
		release := context.AfterFunc(connected, stop)
		return &liveConnection{
			Context: breaking,
			log:     log,
			stop: func() {
				release()
				stop()
			},
		}, nil
	})
}

// unreliably sends a message that may be lost, duplicated or late.
func (p *process) unreliably(name string, send func() error) error {
	switch w := p.w; {
	case w.chance(80):
		w.record(p, name, " is lost")
		return nil
	case w.chance(80):
		w.record(p, name, " is duplicated")
		return errors.Join(send(), send())
	case w.chance(80):
		w.record(p, name, " is late")
		go func() {
			sleep(context.Background(), p, w.upTo(30*time.Second))
			_ = send()
		}()
		return nil
	}
	return send()
}
