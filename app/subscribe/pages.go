package subscribe

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Pages are where the payments company sends people back to.
type Pages struct {
	Success, Cancel, Account string
	Allowed                  []*url.URL // what a client may name instead, each with all below it
}

// Returns are the pages that a client names instead, "" for none.
type Returns struct{ Success, Cancel string }

// fields are those of a request that name a page.
const (
	successField = "success_url"
	cancelField  = "cancel_url"
	accountField = "return_url"
)

// instead is the page that was asked for, or the usual one. It fails with the
// field's rule unless the page is allowed: a foreign one could pass for the app.
func (p Pages) instead(usual, asked, field string) (string, *fault.Error) {
	if asked == "" {
		return usual, nil
	}
	if !p.allows(asked) {
		return "", fault.Breaks(field, "must be below FRONTEND_URL or one of CHECKOUT_RETURN_URLS")
	}
	return asked, nil
}

// returns are the pages for one checkout. It fails with the rules of all fields that break one.
func (p Pages) returns(asked Returns) (Returns, error) {
	success, bad := p.instead(p.Success, asked.Success, successField)
	cancel, worse := p.instead(p.Cancel, asked.Cancel, cancelField)
	switch {
	case bad != nil && worse != nil:
		bad.Fields = append(bad.Fields, worse.Fields...)
		return Returns{}, bad
	case bad != nil:
		return Returns{}, bad
	case worse != nil:
		return Returns{}, worse
	}
	return Returns{success, cancel}, nil
}

// allows judges a URL as a browser would read it: a backslash is a slash there,
// blanks may vanish, and ".." leads up however it is spelled (url.spec.whatwg.org).
func (p Pages) allows(page string) bool {
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f }
	u, err := url.Parse(page)
	if err != nil || strings.ContainsFunc(page, odd) || u.User != nil || strings.Contains(u.Path, `\`) {
		return false
	}
	steps := strings.Split(u.Path, "/")
	if slices.Contains(steps, "..") || slices.Contains(steps, ".") {
		return false
	}
	return slices.ContainsFunc(p.Allowed, func(a *url.URL) bool { return below(u, a) })
}

// below says whether u is a or a page under it, path segment by segment.
func below(u, a *url.URL) bool {
	base := strings.TrimSuffix(a.Path, "/")
	return u.Scheme == a.Scheme && u.Opaque == "" && a.Host != "" && strings.EqualFold(u.Host, a.Host) &&
		(u.Path == base || strings.HasPrefix(u.Path, base+"/"))
}
