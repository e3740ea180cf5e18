package configs

import (
	"net/url"
	"slices"
	"strings"
)

// unsafeSchemes are URL schemes that do not lead to another page: a browser runs such a
// URL as a script, displays data inside the current page, or reads a local file.
var unsafeSchemes = []string{"javascript", "vbscript", "data", "blob", "file", "about"}

// checkoutReturnURLs returns the allowed prefixes of pages that checkout may return to,
// besides the frontend.
func (l *loader) checkoutReturnURLs() []*url.URL {
	var all []*url.URL
	for _, s := range l.CheckoutReturnURLs {
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil || !l.isCheckoutReturnURL(u) {
			l.fail("CHECKOUT_RETURN_URLS", "must be URLs with a host, separated by commas, "+
				"without user, query or fragment; http is allowed in development for loopback only")
			return nil
		}
		all = append(all, u)
	}
	return all
}

func (l *loader) isCheckoutReturnURL(u *url.URL) bool {
	plain := u.Scheme == "http" && (l.appEnv() == Production || !isLoopback(u.Hostname()))
	return isPageURL(u) && !plain
}

// isPageURL reports whether u has a safe scheme and a host, and no user, query or
// fragment. Further path segments can be appended to such a URL.
func isPageURL(u *url.URL) bool {
	switch {
	case u.Scheme == "" || slices.Contains(unsafeSchemes, u.Scheme):
		return false
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return false
	}
	return u.Hostname() != ""
}
