package hostile

import (
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
)

const (
	hugeBodyBytes  = 100 * mib
	maxReadBytes   = 4 * mib  // of a body that is refused after 1 MiB
	maxGrowthBytes = 50 * mib // of the heap
)

// hugeBody is a body that is generated while it is read. It counts the bytes that were read.
type hugeBody struct {
	read int
}

// Read implements io.Reader.
func (b *hugeBody) Read(p []byte) (int, error) {
	n := min(len(p), hugeBodyBytes-b.read)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range p[:n] {
		p[i] = '['
	}
	b.read += n
	return n, nil
}

// heapInUse returns the bytes of the heap after a garbage collection.
func heapInUse() int {
	runtime.GC()
	runtime.GC() // frees the memory of objects whose finalizer ran in the first collection
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapInuse)
}

func TestConcurrentHugeBodiesAreRefusedWithoutGrowthOfTheHeap(t *testing.T) {
	p := start(t)
	var calls []call
	for _, o := range p.operations() {
		if o.RequestBody != nil {
			calls = append(calls, p.validCall(o))
		}
	}
	before := heapInUse()
	var all sync.WaitGroup
	for i := range 50 {
		c := calls[i%len(calls)]
		body := &hugeBody{}
		request := c.request(t, body)
		request.Header.Set("Content-Type", "application/json")
		all.Go(func() {
			wantProblem(t, c.op.String(), p.do(request), http.StatusRequestEntityTooLarge, "body_too_large")
			if body.read > maxReadBytes {
				t.Errorf("%s: %d bytes of the body were read, want at most %d", c.op, body.read, maxReadBytes)
			}
		})
	}
	all.Wait()
	if growth := heapInUse() - before; growth > maxGrowthBytes {
		t.Errorf("the heap grew by %d bytes, want at most %d", growth, maxGrowthBytes)
	}
}

func TestHugeBodiesAreNotReadByOperationsWithoutABody(t *testing.T) {
	p := start(t)
	for _, o := range p.operationsWithoutBody() {
		body := &hugeBody{}
		o.checkSuccess(t, "with a huge body", p.do(p.validCall(o).request(t, body)))
		if body.read > 0 {
			t.Errorf("%s: %d bytes of the body were read, want 0", o, body.read)
		}
	}
}

func TestBodiesOfRequestsWithAnInvalidTokenAreNotRead(t *testing.T) {
	p := start(t)
	for _, o := range p.operations() {
		if o.RequestBody == nil || !o.requiresToken() {
			continue
		}
		body := &hugeBody{}
		request := call{op: o, path: o.pathOf(missingID, missingID), token: canary}.request(t, body)
		request.Header.Set("Content-Type", "application/json")
		wantProblem(t, o.String(), p.do(request), http.StatusUnauthorized, "invalid_token")
		if body.read > 0 {
			t.Errorf("%s: %d bytes of the body were read, want 0", o, body.read)
		}
	}
}
