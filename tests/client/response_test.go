package client

import (
	"net/http"
	"net/url"
	"testing"
)

func TestLinksAreRelativeToTheRequest(t *testing.T) {
	requested, err := url.Parse("http://localhost/v1/chatroom/a/messages?limit=1&before=b")
	if err != nil {
		t.Fatalf("parse the URL: %v", err)
	}
	links := []string{`<?after=c&limit=1>; rel="monitor"`, `<../x>; rel="up"`}
	r := Response{url: requested, Header: http.Header{"Link": links}}
	for rel, want := range map[string]string{
		"monitor": "/v1/chatroom/a/messages?after=c&limit=1",
		"up":      "/v1/chatroom/x",
		"next":    "",
	} {
		if got := r.Link(rel); got != want {
			t.Errorf("link %s = %q, want %q", rel, got, want)
		}
	}
}
