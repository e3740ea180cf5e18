package httpapi

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/tests/logtest"
)

// pipedStream is a stream on a connection without buffers.
type pipedStream struct {
	api     *API
	log     *logtest.Buffer
	client  net.Conn
	updates chan talk.Update
	ended   chan struct{} // closed when the stream has ended

	sessionEnded atomic.Bool
}

// startPipedStream starts a stream. It yields the values of updates, and panics when the
// channel is closed.
func startPipedStream(t *testing.T) *pipedStream {
	p := &pipedStream{log: &logtest.Buffer{}, updates: make(chan talk.Update), ended: make(chan struct{})}
	p.api = &API{config: Config{Log: p.log.Logger(), OnStream: func(change int) {
		if change < 0 {
			close(p.ended)
		}
	}}}
	p.api.draining, p.api.startDrain = context.WithCancel(t.Context())
	p.api.streams.checkSession = func(context.Context, session.Access) error {
		if p.sessionEnded.Load() {
			return session.ErrBadToken
		}
		return nil
	}
	s := p.api.newStream(t.Context(), "/events")
	s.eventID = func(talk.Update) string { return "id" }
	s.watch = func(ctx context.Context) updates {
		return func(yield func(talk.Update, error) bool) {
			for {
				select {
				case u, open := <-p.updates:
					if !open {
						panic("secret")
					}
					if !yield(u, nil) {
						return
					}
				case <-ctx.Done():
					return
				}
			}
		}
	}
	server, client := net.Pipe()
	p.client = client
	s.detach(&connOutput{conn: server, chunked: true})
	return p
}

// read reads the body to its end.
func (p *pipedStream) read() (string, error) {
	body, err := io.ReadAll(httputil.NewChunkedReader(bufio.NewReader(p.client)))
	return string(body), err
}

// wantEnded fails the test unless the stream has ended for a reason.
func (p *pipedStream) wantEnded(t *testing.T, reason string) {
	t.Helper()
	synctest.Wait()
	if log := p.log.String(); !strings.Contains(log, `msg="stream ended"`) || !strings.Contains(log, reason) {
		t.Errorf("log = %s, want the end of a stream because: %s", log, reason)
	}
	if _, err := p.client.Read(make([]byte, 1)); err != io.EOF && err != io.ErrClosedPipe {
		t.Errorf("reading from the connection of an ended stream: %v, want it to be closed", err)
	}
}

func TestAStreamThatTheServerEndsIsComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPipedStream(t)
		go func() {
			p.updates <- talk.Update{Kind: talk.Resync}
			synctest.Wait() // the event is written
			p.api.Drain()
		}()
		body, err := p.read()
		if want := reconnectAfter + "id: id\nevent: resync\ndata: {}\n\n"; body != want || err != nil {
			t.Errorf("body = %q, error %v; want %q and its last chunk", body, err, want)
		}
		p.wantEnded(t, "server is stopping")
	})
}

func TestDrainWaitsForStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPipedStream(t)
		go func() { _, _ = p.read() }()
		synctest.Wait()
		p.api.Drain()
		p.wantEnded(t, "server is stopping")
		began := time.Now()
		p.api.Drain()
		if took := time.Since(began); took > 0 {
			t.Errorf("Drain without streams took %s, want no wait", took)
		}
	})
}

func TestDrainDoesNotWaitForAClientThatReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPipedStream(t)
		synctest.Wait() // the first bytes block
		began := time.Now()
		p.api.Drain()
		if took := time.Since(began); took != endStreamsTimeout {
			t.Errorf("Drain took %s, want %s", took, endStreamsTimeout)
		}
		<-p.ended
	})
}

func TestASlowClientIsDisconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPipedStream(t)
		began := time.Now()
		<-p.ended
		if took := time.Since(began); took != streamWriteTimeout {
			t.Errorf("the stream ended after %s, want %s", took, streamWriteTimeout)
		}
		p.wantEnded(t, "client too slow")
	})
}

func TestAClientThatDoesNotReadAPingIsDisconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPipedStream(t)
		if _, err := p.client.Read(make([]byte, 100)); err != nil {
			t.Fatalf("read the first bytes: %v", err)
		}
		began := time.Now()
		<-p.ended
		if took := time.Since(began); took < pingEvery || took > pingEvery+checkPingsEvery+pingTimeout {
			t.Errorf("the stream ended after %s, want %s and a little more", took, pingEvery)
		}
		p.wantEnded(t, "client too slow")
	})
}

func TestADisconnectedClientEndsItsStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPipedStream(t)
		if _, err := p.client.Read(make([]byte, 100)); err != nil {
			t.Fatalf("read the first bytes: %v", err)
		}
		if _, err := p.client.Write([]byte("another request\r\n")); err != nil {
			t.Fatalf("write what the server ignores: %v", err)
		}
		if err := p.client.Close(); err != nil {
			t.Fatalf("disconnect: %v", err)
		}
		p.wantEnded(t, "client disconnected")
	})
}

func TestTheEndOfASessionEndsItsStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPipedStream(t)
		go func() { _, _ = p.read() }()
		time.Sleep(time.Second) // several checks of the session
		if n := p.log.Count("stream ended"); n > 0 {
			t.Errorf("%d streams have ended, want none while the session is alive", n)
		}
		p.sessionEnded.Store(true)
		began := time.Now()
		<-p.ended
		if took := time.Since(began); took > checkSessionsEvery {
			t.Errorf("the stream ended after %s, want at most %s", took, checkSessionsEvery)
		}
		p.wantEnded(t, "session ended")
	})
}

func TestAPanicEndsItsStreamAndIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPipedStream(t)
		go func() { _, _ = p.read() }()
		close(p.updates)
		<-p.ended
		p.wantEnded(t, "panic of type string")
		if log := p.log.String(); strings.Contains(log, "secret") || !strings.Contains(log, slog.LevelError.String()) {
			t.Errorf("log = %s, want an error without the value of the panic", log)
		}
	})
}

func TestAnHTTP10ResponseIsNotChunked(t *testing.T) {
	server, client := net.Pipe()
	go func() {
		o := &connOutput{conn: server}
		_ = o.write("text", time.Second)
		o.close()
	}()
	if body, err := io.ReadAll(client); string(body) != "text" || err != nil {
		t.Errorf("body = %q, error %v; want only the text", body, err)
	}
}
