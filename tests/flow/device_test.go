package flow

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/client"
)

// device is a client.Device with the checks that the tests of this package share.
type device struct{ client.Device }

// deviceOf returns a device that uses the client and fails the test.
func deviceOf(t testing.TB, c *client.Client) device {
	return device{client.Device{Client: c, TB: t}}
}

// tcpDevice returns a device that connects to the port of the program.
func (p *program) tcpDevice() device { return deviceOf(p.t, client.At(p.URL())) }

// deviceAt returns a device with an IP address. It calls the program without a socket.
func (p *program) deviceAt(ip string) device {
	return deviceOf(p.t, client.In(p, net.JoinHostPort(ip, "1234")))
}

var addresses atomic.Int64

// newDevice returns a device with an IP address that no other device has, so that
// devices do not share the rate limits per address. It calls the program without a socket.
func (p *program) newDevice() device {
	n := addresses.Add(1)
	return p.deviceAt(fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255))
}

// Login requests a code for a number and returns the device logged in with it.
func (d device) Login(number string) device {
	d.Helper()
	return device{d.Device.Login(number)}
}

// As returns the device with another access token.
func (d device) As(token string) device { return deviceOf(d.TB, d.Client.As(token)) }

// object is a JSON object in a request.
type object map[string]any

// call sends a request and returns the response, whatever its status is.
func (d device) call(method, path string, body any, headers ...string) client.Response {
	d.Helper()
	r, err := d.Call(method, path, body, headers...)
	if err != nil {
		d.Fatalf("request failed: %v", err)
	}
	return r
}

// callStatus sends a request and returns the status of the response.
func (d device) callStatus(method, path string, body any, headers ...string) int {
	d.Helper()
	return d.call(method, path, body, headers...).Status
}

// postMessage sends a message and returns the response, whatever its status is.
func (d device) postMessage(room, text string, headers ...string) client.Response {
	d.Helper()
	return d.call("POST", "/chatroom/"+room+"/message", object{"content": text}, headers...)
}

// wantError sends a request and fails the test unless the response has this status and error code.
func (d device) wantError(status int, code, method, path string, body any, headers ...string) client.Response {
	d.Helper()
	r := d.Want(status, method, path, body, headers...)
	if got := r.Field("code"); got != code {
		d.Fatalf("%s %s: error code %q, want %q: %s", method, path, got, code, r.Body)
	}
	return r
}

// wantRateLimited posts a body and fails the test unless the response is 429 with this Retry-After.
func (d device) wantRateLimited(retryAfter, path string, body any) {
	d.Helper()
	r := d.wantError(http.StatusTooManyRequests, "rate_limited", "POST", path, body)
	if got := r.Header.Get("Retry-After"); got != retryAfter {
		d.Fatalf("%s: Retry-After %q, want %q", path, got, retryAfter)
	}
}

// wantInvalidField posts a body and fails the test unless the error names the field.
func (d device) wantInvalidField(field, path string, body any) {
	d.Helper()
	r := d.wantError(http.StatusUnprocessableEntity, "invalid_request", "POST", path, body)
	if !namesField(d, r, field) {
		d.Errorf("%s with %v: the error does not name the field %q and a rule: %s", path, body, field, r.Body)
	}
}

// namesField reports whether an error names the field and the rule that it breaks.
func namesField(t testing.TB, r client.Response, field string) bool {
	t.Helper()
	var problem struct {
		Errors []struct{ Field, Rule string }
	}
	if err := r.Decode(&problem); err != nil {
		t.Fatalf("decode the error: %v", err)
	}
	for _, e := range problem.Errors {
		if e.Field == field && e.Rule != "" {
			return true
		}
	}
	return false
}

// checkFields checks fields of a response, by name.
func checkFields(t testing.TB, r client.Response, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := r.Field(name); got != value {
			t.Errorf("%s = %q, want %q in the response %s", name, got, value, r.Body)
		}
	}
}

// checkError checks that a response is an error with this status and error code.
func checkError(t testing.TB, r client.Response, status int, code string) {
	t.Helper()
	if r.Status != status || r.Field("code") != code {
		t.Errorf("response %d %s, want status %d and error code %q", r.Status, r.Body, status, code)
	}
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type of an error = %q, want application/problem+json", got)
	}
	if got := r.Field("status"); got != fmt.Sprint(status) {
		t.Errorf("status in the body of an error = %q, want %d", got, status)
	}
}

// userID returns the id of the device's user.
func (d device) userID() id.ID {
	d.Helper()
	return id.ID(d.Want(http.StatusOK, "GET", "/user/me", nil).Field("id"))
}

// checkMessageCount checks how many messages of the user count for today.
func (d device) checkMessageCount(want int) {
	d.Helper()
	got := d.Want(http.StatusOK, "GET", "/user/me", nil).Field("daily_message_count")
	if got != fmt.Sprint(want) {
		d.Errorf("daily_message_count = %s, want %d", got, want)
	}
}

// concurrently makes n calls at the same time and returns their responses.
func concurrently(t *testing.T, n int, call func(i int) (client.Response, error)) []client.Response {
	t.Helper()
	responses, errs := make([]client.Response, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { responses[i], errs[i] = call(i) })
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("concurrent call %d failed: %v", i, err)
		}
	}
	return responses
}
