//go:build linux

package rig

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy forwards connections to a port. It can cut, silence, freeze and delay them.
type Proxy struct {
	testing.TB
	Port     int
	target   int
	delay    atomic.Int64 // added to each read, in nanoseconds
	silences atomic.Int64 // how often Silence was called
	mu       sync.Mutex
	cut      bool
	thawed   chan struct{} // closed by Thaw; nil unless the proxy is frozen
	conns    map[net.Conn]bool
}

// NewProxy starts a proxy on a free port.
func NewProxy(t testing.TB, target int) *Proxy {
	t.Helper()
	p := &Proxy{TB: t, Port: Port(t), target: target, conns: map[net.Conn]bool{}}
	l, err := net.Listen("tcp", Loopback(p.Port))
	if err != nil {
		t.Fatalf("listen on port %d: %v", p.Port, err)
	}
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		p.Thaw()
	})
	go p.accept(l)
	return p
}

func (p *Proxy) accept(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		go p.forward(near)
	}
}

// forward connects a client to the target until one of them disconnects.
func (p *Proxy) forward(near net.Conn) {
	far, err := net.Dial("tcp", Loopback(p.target))
	if err != nil || !p.add(near, far) {
		near.Close()
		return
	}
	defer p.remove(near, far)
	silences := p.silences.Load()
	ended := make(chan struct{}, 2)
	for _, direction := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			p.copy(direction[0], direction[1], silences)
			ended <- struct{}{}
		}()
	}
	<-ended
}

// copy copies data in one direction, each read after the delay. It discards data once
// Silence was called.
func (p *Proxy) copy(from io.Reader, to io.Writer, silences int64) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(p.delay.Load()))
		p.awaitThaw()
		if p.silences.Load() != silences {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// add registers connections. While the proxy is cut it closes them and returns false.
func (p *Proxy) add(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.cut {
			c.Close()
			continue
		}
		p.conns[c] = true
	}
	return !p.cut
}

// remove closes connections.
func (p *Proxy) remove(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
		c.Close()
	}
}

// Cut closes all connections and refuses new ones until Restore.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		c.Close()
	}
}

// Restore accepts connections again.
func (p *Proxy) Restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

// Silence discards all data of the existing connections, which stay open, as if the host
// had lost power. New connections work.
func (p *Proxy) Silence() { p.silences.Add(1) }

// Freeze holds all data back until Thaw, also that of new connections, which are accepted. So it is
// as if the server were suspended.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.thawed == nil {
		p.thawed = make(chan struct{})
	}
}

// Thaw forwards the data that Freeze has held back.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.thawed != nil {
		close(p.thawed)
		p.thawed = nil
	}
}

// awaitThaw returns when the proxy is not frozen.
func (p *Proxy) awaitThaw() {
	p.mu.Lock()
	thawed := p.thawed
	p.mu.Unlock()
	if thawed != nil {
		<-thawed
	}
}

// Delay delays all data in both directions by d.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }
