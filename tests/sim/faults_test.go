package sim

import (
	"context"
	"time"
)

// fate is how likely, in thousandths, each thing happens at a call of a port.
type fate struct{ before, after, late, death float64 }

var (
	usual = fate{before: 6, after: 6, late: 6, death: 1.5}
	// what the sweep calls each second, thousands of times a day
	often = fate{before: 0.2, after: 0.2, late: 0.1, death: 0.02}
)

// call passes a call on to a port, unless fate has it fail before or after its
// work is done, come late, or be the last thing its process does.
func call[T any](p *process, ctx context.Context, name string, f fate, do func() (T, error)) (T, error) {
	var none T
	if p.isDead() {
		return none, errDead
	}
	w := p.w
	if w.chance(f.late) {
		w.note(p, name, " finds the whole process frozen")
		p.freeze(w.upTo(40 * time.Second))
	}
	p.thaw(ctx)
	if w.chance(f.late) {
		w.note(p, name, " comes late")
		sleep(ctx, p, w.upTo(15*time.Second)) // longer than a lease
	}
	if w.chance(f.death/2) && w.mortal() {
		w.note(p, name, " is never made: death")
		p.die()
	}
	if p.isDead() {
		return none, errDead
	}
	if w.chance(f.before) {
		w.note(p, name, " fails before its work")
		return none, errFault
	}
	v, err := do()
	switch {
	case w.chance(f.death/2) && w.mortal():
		w.note(p, name, " is the last that is done: death")
		p.die()
	case w.chance(f.after):
		w.note(p, name, " fails after its work")
		return none, errFault
	default:
		if f == usual {
			w.note(p, name, "")
		}
		if p.isDead() {
			break
		}
		return v, err
	}
	return none, errDead
}

// run is call for what returns only an error.
func run(p *process, ctx context.Context, name string, f fate, do func() error) error {
	_, err := call(p, ctx, name, f, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// freeze stops a process at its port calls for a time, as a stopped virtual
// machine would be; others take its work over meanwhile, and it does not know.
func (p *process) freeze(d time.Duration) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.frozen = time.Now().Add(d)
}

func (p *process) thaw(ctx context.Context) {
	p.w.mu.Lock()
	left := time.Until(p.frozen)
	p.w.mu.Unlock()
	if left > 0 {
		sleep(ctx, p, left)
	}
}

// sleep waits unless the caller or the process ends first.
func sleep(ctx context.Context, p *process, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	case <-p.dead:
	}
}
