package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Response is a response with its whole body.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	url    *url.URL // of the request
}

// Decode decodes the body into v.
func (r Response) Decode(v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		return fmt.Errorf("decoding the response %d %q: %w", r.Status, r.Body, err)
	}
	return nil
}

// Field returns a field of a JSON object as text, "" if it does not exist. "a.b" is the field b of a.
func (r Response) Field(path string) string {
	var v any
	if json.Unmarshal(r.Body, &v) != nil {
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

// Link returns the path and query of the target of the Link header with a relation, "" if it
// does not exist. The target is relative to the URL of the request (RFC 3986, section 5).
func (r Response) Link(rel string) string {
	for _, link := range r.Header.Values("Link") {
		target, params, _ := strings.Cut(link, ">")
		if !strings.Contains(params, `rel="`+rel+`"`) {
			continue
		}
		u, err := r.url.Parse(strings.TrimPrefix(target, "<"))
		if err != nil {
			return ""
		}
		return u.RequestURI()
	}
	return ""
}
