// Package client drives Parley over HTTP as an app on a phone would. Tests use
// it against a program in process and against one that listens.
package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// Client is one device. The zero Token is nobody's.
type Client struct {
	Token string
	send  func(*http.Request) (*http.Response, error)
	base  string
}

// At returns a client of a program that listens at a URL.
func At(url string) *Client { return &Client{base: url, send: http.DefaultClient.Do} }

// In returns a client of a handler, with no socket between them, as a peer at
// addr ("192.0.2.1:1234" for "").
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

// As returns the same device logged in with a token.
func (c *Client) As(token string) *Client {
	d := *c
	d.Token = token
	return &d
}

// Answer is a response, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into decodes the body.
func (a Answer) Into(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return fmt.Errorf("decoding %d %q: %w", a.Status, a.Body, err)
	}
	return nil
}

// Get returns a field of a JSON object as text, "" when it has none; "a.b" is b in a.
func (a Answer) Get(path string) string {
	var v any
	if json.Unmarshal(a.Body, &v) != nil {
		return ""
	}
	for _, name := range strings.Split(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// Link is the target of the Link header with a relation, "" without one.
func (a Answer) Link(rel string) string {
	for _, l := range a.Header.Values("Link") {
		target, params, _ := strings.Cut(l, ">")
		if strings.Contains(params, `rel="`+rel+`"`) {
			return strings.TrimPrefix(target, "<")
		}
	}
	return ""
}

// Call sends a request with a JSON body, none for nil, the bytes themselves for
// []byte. headers are name, value, name, value.
func (c *Client) Call(method, path string, body any, headers ...string) (Answer, error) {
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return Answer{}, fmt.Errorf("encoding the body: %w", err)
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, c.base+path, content)
	if err != nil {
		return Answer{}, fmt.Errorf("making the request: %w", err)
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
	return c.do(r)
}

func (c *Client) do(r *http.Request) (Answer, error) {
	if c.base == "" { // in process the server's own fields must be set
		r.RequestURI = r.URL.RequestURI()
		if r.Body == nil {
			r.Body = http.NoBody
		}
	}
	res, err := c.send(r)
	if err != nil {
		return Answer{}, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("reading the answer to %s %s: %w", r.Method, r.URL.Path, err)
	}
	return Answer{res.StatusCode, res.Header, raw}, nil
}
