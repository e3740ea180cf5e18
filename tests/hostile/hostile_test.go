// Package hostile sends the program what no honest client would: every
// operation of its own OpenAPI document, as the wrong person and with the wrong
// bytes. The program runs in process, started through boot as main starts it.
package hostile

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// program is a running Parley and what the test can see of it.
type program struct {
	*boot.App
	t       testing.TB
	log     *client.Log
	company *pretend.Company
}

// start runs the program in process until the test ends, in development.
func start(t testing.TB, options ...boot.Option) *program {
	t.Helper()
	set := map[string]string{"ECHO_LATENCY": "1ms", "ACCESS_TOKEN_EXPIRE_MINUTES": "60", "CHECKOUT_RETURN_URLS": "myapp://subscription,myapp://account"}
	c, err := configs.Load(func(name string) string { return set[name] })
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, log: &client.Log{}}
	log := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	options = append([]boot.Option{boot.InProcess(), boot.Log(log), boot.Keep[ports.Hasher](&fake.Hasher{}),
		boot.Wrap(func(c *pretend.Company) *pretend.Company { p.company = c; return c })}, options...)
	if p.App, err = boot.New(c, options...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := p.App.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	return p
}

// in is the same program, failing another test: that of one input of a fuzz target.
func (p *program) in(t testing.TB) *program {
	q := *p
	q.t = t
	return &q
}

func (p *program) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := p.App.Stop(ctx); err != nil {
		p.t.Errorf("stopping: %v", err)
	}
}

var numbers, peers atomic.Int64

// number is one that no other call uses, in a block of its own so that prefix budgets do not meet.
func number() string { return fmt.Sprintf("+1%06d0000", 300_000+numbers.Add(1)) }

// peer is an address that no other call uses, so that address budgets do not meet.
func peer() string {
	n := peers.Add(1)
	return fmt.Sprintf("10.%d.%d.%d:1234", n>>16&0xff, n>>8&0xff, n&0xff)
}

// send calls with a body as it is, nil for none, and headers as they are: name, value, name, value.
func (p *program) send(method, path, token string, body []byte, headers ...string) client.Answer {
	p.t.Helper()
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
		headers = append([]string{"Content-Type", "application/json"}, headers...)
	}
	return p.raw(peer(), p.request(method, path, token, content, headers...))
}

// request is one with exactly these headers.
func (p *program) request(method, path, token string, body io.Reader, headers ...string) *http.Request {
	p.t.Helper()
	r, err := http.NewRequest(method, path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

// raw answers a request as it is, from a peer.
func (p *program) raw(addr string, r *http.Request) client.Answer {
	r.RemoteAddr, r.RequestURI = addr, r.URL.RequestURI()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return client.Answer{Status: w.Code, Header: w.Result().Header, Body: w.Body.Bytes()}
}

// want sends a value as JSON, nil for none, and fails the test unless the status is as expected.
func (p *program) want(status int, method, path, token string, body any, headers ...string) client.Answer {
	p.t.Helper()
	a, err := client.In(p.App, peer()).As(token).Call(method, path, body, headers...)
	if err != nil {
		p.t.Fatal(err)
	}
	if a.Status != status {
		p.t.Fatalf("%s %s: %d %s, want %d", method, path, a.Status, a.Body, status)
	}
	return a
}

type object map[string]any

// person is somebody logged in.
type person struct{ number, token string }

func (p *program) person() person {
	p.t.Helper()
	n := number()
	return person{n, p.login(n)}
}

// login proves a number by a code and returns the token.
func (p *program) login(number string) string {
	p.t.Helper()
	otp := p.want(http.StatusOK, "POST", "/auth/send-otp", "", object{"mobile_number": number}).Get("otp")
	return p.want(http.StatusOK, "POST", "/auth/verify-otp", "", object{"mobile_number": number, "otp": otp}).Get("access_token")
}
