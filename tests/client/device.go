package client

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
)

// Device is a client that fails its test when a response is not as expected.
type Device struct {
	*Client
	testing.TB
}

// Want sends a request as Call does, and fails the test unless the response has this status.
func (d Device) Want(status int, method, path string, body any, headers ...string) Response {
	d.Helper()
	r, err := d.Call(method, path, body, headers...)
	if err != nil {
		d.Fatalf("request failed: %v", err)
	}
	if r.Status != status {
		d.Fatalf("%s %s: status %d, body %s; want status %d", method, path, r.Status, r.Body, status)
	}
	return r
}

// Login requests a code for a number and returns the device logged in with it.
// The headers are sent with both requests.
func (d Device) Login(number string, headers ...string) Device {
	d.Helper()
	return Device{Client: d.As(d.Tokens(number, headers...).Field("access_token")), TB: d.TB}
}

// Tokens requests a code for a number and returns the response to a login with it, which has the
// tokens. The headers are sent with both requests.
func (d Device) Tokens(number string, headers ...string) Response {
	d.Helper()
	body := map[string]string{"mobile_number": number}
	body["otp"] = d.Want(http.StatusOK, "POST", "/auth/send-otp", body, headers...).Field("otp")
	return d.Want(http.StatusOK, "POST", "/auth/verify-otp", body, headers...)
}

// NewRoom creates a room and returns its id.
func (d Device) NewRoom(name string) string {
	d.Helper()
	return d.Want(http.StatusCreated, "POST", "/chatroom", map[string]string{"name": name}).Field("id")
}

// Send sends a message to a room and returns the path of its reply.
func (d Device) Send(room, text string, headers ...string) (path string) {
	d.Helper()
	body := map[string]string{"content": text}
	return d.Want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", body, headers...).Header.Get("Location")
}

// Wait waits until a reply is final, at most 30 s, and returns it.
func (d Device) Wait(path string) Response {
	d.Helper()
	return d.Want(http.StatusOK, "GET", path+"?wait=30", nil)
}

var numbers atomic.Int64

// Number returns a phone number that no other test of the process uses. Each is
// in a separate block, so that tests do not share the rate limit of a prefix.
func Number() string { return fmt.Sprintf("+1%06d0000", 200_000+numbers.Add(1)) }
