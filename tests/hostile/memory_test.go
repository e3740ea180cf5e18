package hostile

import (
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
)

const (
	huge      = 100 << 20
	allowance = 50 << 20
)

// stream is a body of a size that nobody holds in memory. It counts what is read of it.
type stream struct {
	left, read int
}

func (s *stream) Read(p []byte) (int, error) {
	n := min(len(p), s.left)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range p[:n] {
		p[i] = '['
	}
	s.left -= n
	s.read += n
	return n, nil
}

// heap is what is in use once garbage is gone.
func heap() int {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapInuse)
}

// Bodies of 100 MB, all at once, cost no more than the 1 MiB that is read of each.
func TestHugeBodiesLeaveNoTrace(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	var calls []call
	for _, o := range d.operations() {
		if o.RequestBody != nil {
			calls = append(calls, p.honest(d, o))
		}
	}
	idle := heap()
	var all sync.WaitGroup
	for i := range 50 {
		c, body := calls[i%len(calls)], &stream{left: huge}
		r := p.request(c.op.Method, c.path, c.token, body, "Content-Type", "application/json")
		all.Go(func() {
			refused(t, c.op.String(), p.raw(peer(), r), http.StatusRequestEntityTooLarge, "body_too_large")
			if body.read > 4<<20 {
				t.Errorf("%s: %d bytes were read", c.op, body.read)
			}
		})
	}
	all.Wait()
	if grown := heap() - idle; grown > allowance {
		t.Errorf("50 bodies of %d bytes left %d bytes behind", huge, grown)
	}
}

// A body that nobody asked for is not read, however long.
func TestHugeBodiesThatNobodyAskedForStayUnread(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	for _, o := range d.operations() {
		if o.RequestBody != nil {
			continue
		}
		c, body := p.honest(d, o), &stream{left: huge}
		if a := p.raw(peer(), p.request(o.Method, c.path, c.token, body)); a.Status != o.success() || body.read > 0 {
			t.Errorf("%s: %d, %d bytes were read", o, a.Status, body.read)
		}
	}
}

// Strangers are refused before a byte of theirs is read.
func TestBodiesOfStrangersStayUnread(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	for _, o := range d.operations() {
		if o.RequestBody == nil || !o.secured() {
			continue
		}
		body := &stream{left: huge}
		r := p.request(o.Method, o.fill(nowhere, nowhere), canary, body, "Content-Type", "application/json")
		refused(t, o.String(), p.raw(peer(), r), http.StatusUnauthorized, "invalid_token")
		if body.read > 0 {
			t.Errorf("%s: %d bytes were read", o, body.read)
		}
	}
}
