package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// process is one run of the program. Once dead, nothing it does reaches a port.
type process struct {
	w      *world
	n      int
	app    *boot.App
	once   sync.Once
	dead   chan struct{}
	frozen time.Time // until then; guarded by w.mu
}

var (
	errDead  = errors.New("sim: this process is dead")
	errFault = errors.New("sim: injected fault")
)

// boot starts a process on the stores.
func (w *world) boot() *process {
	p := &process{w: w, dead: make(chan struct{})}
	w.mu.Lock()
	p.n = len(w.processes) + 1
	w.mu.Unlock()
	app, err := boot.New(w.config, append(p.wraps(),
		boot.InProcess(), boot.Log(slog.New(slog.DiscardHandler)), boot.Keep(w.store), boot.Keep(w.live), boot.Keep(w.limiter),
		boot.Keep(w.company), boot.Keep(w.outbox), boot.Keep[ports.Hasher](&fake.Hasher{}), boot.Keep[io.Reader](w.random))...)
	if err != nil {
		w.t.Fatal(err)
	}
	p.app = app
	if err := app.Start(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	w.processes = append(w.processes, p)
	w.mu.Unlock()
	return p
}

func (p *process) isDead() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

// die ends the process as SIGKILL would: what it was doing is never heard of
// again. Some time later another takes its place.
func (p *process) die() {
	p.once.Do(func() {
		close(p.dead)
		p.w.mu.Lock()
		p.w.tally.deaths++
		p.w.mu.Unlock()
		go func() {
			p.stop() // frees its goroutines; no port hears of it
			time.Sleep(p.w.upTo(3 * time.Second))
			p.w.boot()
		}()
	})
}

func (p *process) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := p.app.Stop(ctx); err != nil {
		p.w.violate("process %d does not stop: %v", p.n, err)
	}
}

func (w *world) alive() []*process {
	w.mu.Lock()
	defer w.mu.Unlock()
	var alive []*process
	for _, p := range w.processes {
		if !p.isDead() {
			alive = append(alive, p)
		}
	}
	return alive
}

// mortal says whether a process may die now: not too often, so that a day goes on.
func (w *world) mortal() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tally.deaths < stops
}

// request sends one request to a process that lives. It is not ok when the
// answer got lost: the process died, or the connection did.
func (w *world) request(u *person, method, path string, body any, headers ...string) (client.Answer, bool) {
	alive := w.alive()
	if len(alive) == 0 {
		return client.Answer{}, false
	}
	p := alive[w.upTo(time.Duration(len(alive)))]
	c := client.In(p.app, "")
	if u != nil {
		c = c.As(u.token)
		headers = append(headers, "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", u.n))
	}
	a, err := c.Call(method, path, body, headers...)
	if err != nil {
		w.violate("%s %s: %v", method, path, err)
	}
	return a, !p.isDead() && !w.chance(10)
}
