package sim

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// process is one run of the program. After a crash, none of its calls reaches a port.
type process struct {
	w       *world
	n       int
	app     *boot.App
	once    sync.Once
	life    context.Context // done after a crash
	endLife context.CancelFunc
	frozen  time.Time // the end of the freeze; guarded by w.mu
}

var (
	errCrashed = errors.New("sim: this process has crashed")
	errFault   = errors.New("sim: injected fault")
)

// boot starts a process on the stores.
func (w *world) boot() *process {
	p := &process{w: w}
	p.life, p.endLife = context.WithCancel(context.Background())
	w.mu.Lock()
	p.n = len(w.processes) + 1
	w.mu.Unlock()
	options := append(p.faultyPorts(),
		boot.InProcess(),
		boot.Log(slog.New(slog.DiscardHandler)),
		boot.Use(w.store),
		boot.Use(w.limiter),
		boot.Use(w.payments),
		boot.Use(w.outbox),
		boot.Use[ports.Hasher](&fake.Hasher{}),
		boot.Use[io.Reader](w.random))
	app, err := boot.New(w.config, options...)
	if err != nil {
		w.t.Fatalf("wire process %d: %v", p.n, err)
	}
	p.app = app
	if err := app.Start(context.Background()); err != nil {
		w.t.Fatalf("start process %d: %v", p.n, err)
	}
	w.mu.Lock()
	w.processes = append(w.processes, p)
	w.mu.Unlock()
	return p
}

func (p *process) hasCrashed() bool { return p.life.Err() != nil }

// crash ends the process like SIGKILL: its running calls have no further effect. Up to 3 s
// later a new process starts.
func (p *process) crash() {
	p.once.Do(func() {
		p.endLife()
		p.w.count("crashes")
		go func() {
			p.stop() // ends its goroutines, whose calls reach no port
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

// running returns the processes that have not crashed.
func (w *world) running() []*process {
	w.mu.Lock()
	defer w.mu.Unlock()
	var running []*process
	for _, p := range w.processes {
		if !p.hasCrashed() {
			running = append(running, p)
		}
	}
	return running
}

// mayCrash reports whether the day has had fewer than maxCrashes crashes.
func (w *world) mayCrash() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tally.counts["crashes"] < maxCrashes
}

// someProcess returns a running process, nil if there is none.
func (w *world) someProcess() *process {
	running := w.running()
	if len(running) == 0 {
		return nil
	}
	return running[w.upTo(time.Duration(len(running)))]
}

// request sends one request to a running process. ok is false when the response was lost,
// because the process crashed or the connection was cut.
func (w *world) request(u *person, method, path string, body any, headers ...string) (r client.Response, ok bool) {
	p := w.someProcess()
	if p == nil {
		return client.Response{}, false
	}
	c := client.In(p.app, "")
	if u != nil {
		c = c.As(u.token)
		headers = append(headers, "X-Forwarded-For", u.address())
	}
	r, err := c.Call(method, path, body, headers...)
	if err != nil {
		w.violate("%s %s: %v", method, path, err)
	}
	return r, !p.hasCrashed() && !w.chance(10)
}
