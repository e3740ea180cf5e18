// Package hostile sends requests that no correct client sends. It calls every operation
// of the program's own OpenAPI document with the tokens and ids of other users, and
// with invalid input. The program runs inside the test, without a socket.
package hostile

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/harness"
)

// program is a running Parley and its pretend payments provider.
type program struct {
	*harness.Program
	t        testing.TB
	payments *pretend.Payments
	ended    chan struct{} // closed when the test ends
}

// start runs the program in development mode until the test ends.
func start(t testing.TB, options ...boot.Option) *program {
	t.Helper()
	p := &program{t: t, ended: make(chan struct{})}
	c := harness.Config(t,
		"ACCESS_TOKEN_EXPIRE_MINUTES", "60",
		"CHECKOUT_RETURN_URLS", "myapp://subscription,myapp://account")
	keepPayments := boot.Wrap(func(payments *pretend.Payments) *pretend.Payments {
		p.payments = payments
		return payments
	})
	defaults := []boot.Option{boot.InProcess(), keepPayments, boot.Wrap(p.wrapModel)}
	p.Program = harness.Start(t, c, append(defaults, options...)...)
	t.Cleanup(func() { close(p.ended) })
	return p
}

var addresses atomic.Int64

// newAddress returns a client address that no other request has, so that requests do
// not share the rate limits per address.
func newAddress() string {
	n := addresses.Add(1)
	return fmt.Sprintf("10.%d.%d.%d:1234", n>>16&0xff, n>>8&0xff, n&0xff)
}

// device returns a device with a new address and a token, "" for none.
func (p *program) device(token string) client.Device { return p.deviceAt(newAddress(), token) }

func (p *program) deviceAt(address, token string) client.Device {
	return client.Device{Client: client.In(p, address).As(token), TB: p.t}
}

// send sends a request as client.Client.Call does, and returns the response, whatever its
// status is. It disconnects from a stream of events.
func send(d client.Device, method, path string, body any, headers ...string) client.Response {
	d.Helper()
	stream, err := d.Open(d.Context(), method, path, body, headers...)
	return complete(d, stream, err)
}

// do sends a request that client.Client.Call cannot create, from a new address. It
// disconnects from a stream of events.
func (p *program) do(r *http.Request) client.Response {
	stream, err := client.In(p, newAddress()).OpenRequest(r)
	return complete(p.t, stream, err)
}

// complete returns the whole response. Of a stream of events, it returns what was written
// before it disconnects.
func complete(t testing.TB, s *client.Stream, err error) client.Response {
	t.Helper()
	if err != nil {
		t.Fatalf("send a request: %v", err)
	}
	if s.HasEvents() {
		s.Close()
	}
	response, err := s.Response()
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	return response
}

// object is a JSON object in a request.
type object map[string]any

func encodeJSON(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encode %v as JSON: %v", v, err)
	}
	return raw
}
