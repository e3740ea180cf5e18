//go:build linux

package rig

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// process is an HTTP server in place of Parley. It is always ready.
type process struct {
	*Parley
	server *http.Server
}

func startProcess(t *testing.T) *process {
	t.Helper()
	p := &process{Parley: &Parley{TB: t, Port: Port(t)}}
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"ready"}`) })
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	l, err := net.Listen("tcp", Loopback(p.Port))
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	go func() { _ = p.server.Serve(l) }()
	t.Cleanup(func() { p.server.Close() })
	return p
}

// request sends a request through a balancer, and returns the status. The process cuts it if the
// path is /cut. Its idempotency key permits net/http to repeat it.
func request(t *testing.T, b *Balancer, method, path string) int {
	t.Helper()
	var body io.Reader = http.NoBody
	if method == http.MethodPost {
		body = strings.NewReader("body")
	}
	r, err := http.NewRequestWithContext(t.Context(), method, b.URL+path, body)
	if err != nil {
		t.Fatalf("create a request: %v", err)
	}
	r.Header.Set("Idempotency-Key", "1")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("send a request: %v", err)
	}
	res.Body.Close()
	return res.StatusCode
}

// A process that refuses connections breaks no request, even if the balancer believes that it is ready.
func TestARefusedRequestGoesToAnotherProcess(t *testing.T) {
	away := startProcess(t)
	b := NewBalancer(t, away.Parley, startProcess(t).Parley)
	away.server.Close()
	for range 4 {
		b.backends[0].isReady.Store(true)
		b.backends[0].transport.CloseIdleConnections()
		if status := request(t, b, http.MethodPost, "/"); status != http.StatusOK {
			t.Errorf("status = %d, want 200", status)
		}
	}
	if broken := b.Broken(); len(broken) > 0 {
		t.Errorf("broken requests: %q, want none", broken)
	}
}

// A request that a process has received is not repeated, whatever its method is and whether its
// connection is new or not.
func TestACutRequestIsBroken(t *testing.T) {
	b := NewBalancer(t, startProcess(t).Parley)
	for range 2 {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			request(t, b, http.MethodGet, "/") // leaves an idle connection
			if status := request(t, b, method, "/cut"); status != http.StatusBadGateway {
				t.Errorf("%s that the process has cut: status = %d, want 502", method, status)
			}
		}
	}
	if got := len(b.Broken()); got != 4 {
		t.Errorf("%d broken requests, want 4: %q", got, b.Broken())
	}
}

// A balancer without a ready process answers by itself.
func TestNoReadyProcessBreaksTheRequest(t *testing.T) {
	only := startProcess(t)
	b := NewBalancer(t, only.Parley)
	only.server.Close()
	Eventually(t, 10*time.Second, "the process is out", func() bool { return !b.backends[0].isReady.Load() })
	if status := request(t, b, http.MethodPost, "/"); status != http.StatusBadGateway {
		t.Errorf("status = %d, want 502", status)
	}
	if broken := fmt.Sprint(b.Broken()); !strings.Contains(broken, errNoneReady.Error()) {
		t.Errorf("broken requests: %s, want %q", broken, errNoneReady)
	}
}
