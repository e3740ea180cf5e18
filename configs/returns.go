package configs

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// noPages are schemes that a browser does not leave its page for, but runs or shows in it.
var noPages = []string{"javascript", "vbscript", "data", "blob", "file", "about"}

var errReturnURLs = errors.New("CHECKOUT_RETURN_URLS: must be URLs with a host, separated by commas, without user, query and fragment; http only for loopback, in development")

// returnURLs are where payments may lead back to, beside the frontend.
func (v variables) returnURLs() ([]*url.URL, error) {
	var all []*url.URL
	for _, one := range v.ReturnURLs {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || !v.isReturn(u) {
			return nil, errReturnURLs
		}
		all = append(all, u)
	}
	return all, nil
}

func (v variables) isReturn(u *url.URL) bool {
	if u.Scheme == "http" && (v.environment() == Production || !isLoopback(u.Hostname())) {
		return false
	}
	return u.Scheme != "" && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && !slices.Contains(noPages, u.Scheme)
}
