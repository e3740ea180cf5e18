package subscribe

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/core/fault"
)

// ReturnPages are the pages to which the payments provider returns users.
type ReturnPages struct {
	Success string // default page after a payment
	Cancel  string // default page after a checkout without a payment
	Account string // default page after the portal

	Allowed []*url.URL // a client may request these pages and the pages below them
}

// ReturnURLs are the pages of one checkout that a client requests, "" for the defaults.
type ReturnURLs struct {
	Success string
	Cancel  string
}

// The request fields that contain a return URL, for error messages.
const (
	successField = "success_url"
	cancelField  = "cancel_url"
	accountField = "return_url"
)

// choose returns the requested URLs, and the defaults for those that are "". It fails with
// an error of the kind fault.Invalid that names the field of each URL that is not allowed.
func (p ReturnPages) choose(requested ReturnURLs) (ReturnURLs, error) {
	success, successErr := p.chooseOne(successField, requested.Success, p.Success)
	cancel, cancelErr := p.chooseOne(cancelField, requested.Cancel, p.Cancel)
	switch {
	case successErr != nil && cancelErr != nil:
		successErr.Fields = append(successErr.Fields, cancelErr.Fields...)
		return ReturnURLs{}, successErr
	case successErr != nil:
		return ReturnURLs{}, successErr
	case cancelErr != nil:
		return ReturnURLs{}, cancelErr
	}
	return ReturnURLs{Success: success, Cancel: cancel}, nil
}

// chooseOne returns the requested URL of a field, or defaultURL if requested is "". It fails
// with an error of the kind fault.Invalid when the URL is not allowed, because a foreign
// page could impersonate the app.
func (p ReturnPages) chooseOne(field, requested, defaultURL string) (string, *fault.Error) {
	if requested == "" {
		return defaultURL, nil
	}
	if !p.allows(requested) {
		return "", fault.InvalidField(field, "must be below FRONTEND_URL or one of CHECKOUT_RETURN_URLS")
	}
	return requested, nil
}

// allows reports whether a page is one of p.Allowed or below one of them. A browser may
// read a URL differently than url.Parse (url.spec.whatwg.org): it treats a backslash as a
// slash, removes some white space, and resolves "." and ".." in every encoding. So allows
// refuses a URL with any of these.
func (p ReturnPages) allows(page string) bool {
	notPrintableASCII := func(r rune) bool { return r <= ' ' || r >= 0x7f }
	u, err := url.Parse(page)
	if err != nil || strings.ContainsFunc(page, notPrintableASCII) || u.User != nil || strings.Contains(u.Path, `\`) {
		return false
	}
	segments := strings.Split(u.Path, "/")
	if slices.Contains(segments, "..") || slices.Contains(segments, ".") {
		return false
	}
	return slices.ContainsFunc(p.Allowed, func(allowed *url.URL) bool { return isBelow(u, allowed) })
}

// isBelow reports whether u is the page base or a page below it. It compares whole path
// segments: /subscriptions is not below /subscription.
func isBelow(u, base *url.URL) bool {
	if u.Scheme != base.Scheme || u.Opaque != "" || base.Host == "" || !strings.EqualFold(u.Host, base.Host) {
		return false
	}
	path := strings.TrimSuffix(base.Path, "/")
	return u.Path == path || strings.HasPrefix(u.Path, path+"/")
}
