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

// Proxy passes connections on to a port, and can cut, silence and delay them.
type Proxy struct {
	testing.TB
	Port     int
	target   int
	delay    atomic.Int64 // of each read, in nanoseconds
	silences atomic.Int64 // how often all that there were fell silent
	mu       sync.Mutex
	cut      bool
	conns    map[net.Conn]bool
}

// NewProxy listens on a port of its own.
func NewProxy(t testing.TB, target int) *Proxy {
	t.Helper()
	p := &Proxy{TB: t, Port: Port(t), target: target, conns: map[net.Conn]bool{}}
	l, err := net.Listen("tcp", Loopback(p.Port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); p.Cut() })
	go p.accept(l)
	return p
}

func (p *Proxy) accept(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		go p.join(near)
	}
}

func (p *Proxy) join(near net.Conn) {
	far, err := net.Dial("tcp", Loopback(p.target))
	if err != nil || !p.keep(near, far) {
		near.Close()
		return
	}
	defer p.drop(near, far)
	ended, silences := make(chan struct{}, 2), p.silences.Load()
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() { p.pass(way[0], way[1], silences); ended <- struct{}{} }()
	}
	<-ended
}

// pass copies what comes from one side, each piece after the delay, and swallows it once the connection is silent.
func (p *Proxy) pass(from io.Reader, to io.Writer, silences int64) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(p.delay.Load()))
		if p.silences.Load() != silences {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// keep is false while the proxy cuts.
func (p *Proxy) keep(conns ...net.Conn) bool {
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

func (p *Proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
		c.Close()
	}
}

// Cut closes every connection, and refuses others until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		c.Close()
	}
}

// Mend lets connections through again.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

// Silence lets nothing more through on the connections that there are, which stay
// open, as those to a host that is gone. New ones work.
func (p *Proxy) Silence() { p.silences.Add(1) }

// Delay holds back whatever comes, either way, for that long.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }
