package sim

import (
	"context"
	"time"
)

// faultRates are the probabilities of faults at a call of a port, in thousandths.
type faultRates struct {
	before, after, late, crash float64
	locked                     bool // the caller holds a mutex, which stops the simulated time: do not wait
}

var (
	usual = faultRates{before: 6, after: 6, late: 6, crash: 1.5}
	// often is for calls that the sweep makes every second, thousands of times a day.
	often = faultRates{before: 0.2, after: 0.2, late: 0.1, crash: 0.02}
)

// call forwards a call to a port. At random the call fails before or after its work is done,
// is late, or is the last call of its process.
func call[T any](ctx context.Context, p *process, name string, rates faultRates, do func() (T, error)) (T, error) {
	var none T
	if p.hasCrashed() {
		return none, errCrashed
	}
	w := p.w
	if w.chance(rates.late) {
		w.record(p, name, " finds the process frozen")
		p.freeze(w.upTo(40 * time.Second))
	}
	if !rates.locked {
		p.waitWhileFrozen(ctx)
	}
	if w.chance(rates.late) {
		w.record(p, name, " is late")
		sleep(ctx, p, w.upTo(15*time.Second)) // longer than a lease
	}
	if w.chance(rates.crash/2) && w.mayCrash() {
		w.record(p, name, " is not made: crash")
		p.crash()
	}
	if p.hasCrashed() {
		return none, errCrashed
	}
	if w.chance(rates.before) {
		w.record(p, name, " fails before its work")
		return none, errFault
	}
	v, err := do()
	switch {
	case w.chance(rates.crash/2) && w.mayCrash():
		w.record(p, name, " is the last call: crash")
		p.crash()
	case w.chance(rates.after):
		w.record(p, name, " fails after its work")
		return none, errFault
	default:
		if rates == usual {
			w.record(p, name, "")
		}
		if p.hasCrashed() {
			break
		}
		return v, err
	}
	return none, errCrashed
}

// run is call for methods that return only an error.
func run(ctx context.Context, p *process, name string, rates faultRates, do func() error) error {
	_, err := call(ctx, p, name, rates, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// freeze delays all port calls of a process, as if its virtual machine were suspended. Other
// processes take over its work, and it does not notice.
func (p *process) freeze(d time.Duration) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.frozen = time.Now().Add(d)
}

func (p *process) waitWhileFrozen(ctx context.Context) {
	p.w.mu.Lock()
	left := time.Until(p.frozen)
	p.w.mu.Unlock()
	if left > 0 {
		sleep(ctx, p, left)
	}
}

// sleep waits for d, or until ctx is done or the process crashes.
func sleep(ctx context.Context, p *process, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	case <-p.life.Done():
	}
}
