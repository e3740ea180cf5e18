// Package client calls Parley over HTTP, as an app on a phone does. Tests use it with
// a program inside the test process and with one that listens on a port.
package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
)

// Client sends requests with a token, or without authentication if Token is "".
type Client struct {
	Token string
	send  func(*http.Request) (*http.Response, error)
	base  string
}

// At returns a client of a program that listens at a URL.
func At(baseURL string) *Client { return &Client{base: baseURL, send: http.DefaultClient.Do} }

// In returns a client that calls a handler without a socket. addr is the address of
// the client, "" for 192.0.2.1:1234.
func In(h http.Handler, addr string) *Client {
	return &Client{send: func(r *http.Request) (*http.Response, error) {
		r.RemoteAddr = "192.0.2.1:1234"
		if addr != "" {
			r.RemoteAddr = addr
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}}
}

// As returns a copy of the client with another token.
func (c *Client) As(token string) *Client {
	d := *c
	d.Token = token
	return &d
}

// Call sends a request. The body is encoded as JSON; nil means no body, and []byte is
// sent as it is. headers are name, value, name, value.
func (c *Client) Call(method, path string, body any, headers ...string) (Response, error) {
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return Response{}, fmt.Errorf("encoding the body: %w", err)
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, c.base+path, content)
	if err != nil {
		return Response{}, fmt.Errorf("creating the request: %w", err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.Do(r)
}

// Do sends a request without changes: it does not add the token of the client.
func (c *Client) Do(r *http.Request) (Response, error) {
	if c.base == "" { // without a socket, the fields that a server sets must be set here
		r.RequestURI = r.URL.RequestURI()
		if r.Body == nil {
			r.Body = http.NoBody
		}
	}
	res, err := c.send(r)
	if err != nil {
		return Response{}, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return Response{}, fmt.Errorf("reading the response to %s %s: %w", r.Method, r.URL.Path, err)
	}
	return Response{Status: res.StatusCode, Header: res.Header, Body: raw}, nil
}
