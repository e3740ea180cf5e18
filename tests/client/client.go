// Package client calls Parley over HTTP, as an app on a phone does. Tests use it with
// a program inside the test process and with one that listens on a port.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Client sends requests with a token, or without authentication if Token is "".
type Client struct {
	Token string
	send  func(*http.Request) (*http.Response, error)
	open  func(*http.Request) (*http.Response, error) // like send, but returns before the body is complete
	base  string
}

// At returns a client of a program that listens at a URL.
func At(baseURL string) *Client { return Using(http.DefaultClient, baseURL) }

// Using returns a client of a program that listens at a URL. It sends its requests with c.
func Using(c *http.Client, baseURL string) *Client {
	return &Client{base: baseURL, send: c.Do, open: c.Do}
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
	r, err := c.newRequest(context.Background(), method, path, body, headers)
	if err != nil {
		return Response{}, err
	}
	return c.Do(r)
}

// newRequest returns a request as Call sends it.
func (c *Client) newRequest(
	ctx context.Context, method, path string, body any, headers []string,
) (*http.Request, error) {
	content, err := encode(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, cmp.Or(c.base, "http://localhost")+path, content)
	if err != nil {
		return nil, fmt.Errorf("creating the request: %w", err)
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
	return r, nil
}

// encode returns the body of a request, nil for none.
func encode(body any) (io.Reader, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return bytes.NewReader(b), nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encoding the body: %w", err)
	}
	return bytes.NewReader(raw), nil
}

// Do sends a request without changes: it does not add the token of the client.
func (c *Client) Do(r *http.Request) (Response, error) {
	res, err := c.send(r)
	if err != nil {
		return Response{}, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	return readAll(r, res)
}

// readAll reads and closes the body of the response to a request.
func readAll(r *http.Request, res *http.Response) (Response, error) {
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return Response{}, fmt.Errorf("reading the response to %s %s: %w", r.Method, r.URL.Path, err)
	}
	return Response{
		Status: res.StatusCode,
		Header: res.Header,
		Body:   raw,
		url:    r.URL,
	}, nil
}
