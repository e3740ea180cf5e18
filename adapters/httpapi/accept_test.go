package httpapi

import (
	"net/http"
	"testing"
)

func TestBrowsersPreferHTMLAndClientsOfTheAPIDoNot(t *testing.T) {
	for accept, want := range map[string]bool{
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true,
		"text/html":                               true,
		"text/html, application/json":             true,
		"text/html;q=0.5, application/json;q=0.4": true,
		"TEXT/HTML;charset=utf-8":                 true,

		"":                                  false,
		"*/*":                               false,
		"text/*":                            false,
		"application/json":                  false,
		"application/json, text/html;q=0.9": false,
		"application/problem+json, text/html;q=0": false,
		"text/html;q=0": false,
		"text/html;q=x": false,
		"text/html;;;":  false,
	} {
		if got := prefersHTML(http.Header{"Accept": {accept}}); got != want {
			t.Errorf("prefersHTML with Accept %q = %v, want %v", accept, got, want)
		}
	}
}

func TestAcceptMayBeSplitIntoSeveralHeaders(t *testing.T) {
	h := http.Header{"Accept": {"application/json;q=0.1", "text/html"}}
	if !prefersHTML(h) {
		t.Errorf("prefersHTML with Accept %q = false, want true", h["Accept"])
	}
}
