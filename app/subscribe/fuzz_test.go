package subscribe_test

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

// basePaths maps the origins of allowedURLs to their paths.
var basePaths = map[string]string{
	"https://app.example":   "/subscription",
	"https://shop.example":  "/",
	"myapp://subscribed":    "/",
	"http://localhost:3000": "/",
}

// Every accepted return URL is below an allowed page, as a browser reads it.
func FuzzReturnPage(f *testing.F) {
	h := newHarness(f)
	h.setReturnPages(f, allowedURLs...)
	for _, requested := range append(foreignURLs, successURL, "myapp://subscribed/a?b#c", "HTTP://localhost:3000/%2f") {
		f.Add(requested)
	}
	h.buyProWithWebhook(f)
	f.Fuzz(func(t *testing.T, requested string) {
		if _, err := h.Portal(t.Context(), ada, requested); err != nil || requested == "" {
			return
		}
		if h.portalReturnURL != requested {
			t.Fatalf("%q was accepted, but the portal returns to %q", requested, h.portalReturnURL)
		}
		u, err := url.Parse(strings.ReplaceAll(requested, `\`, "/"))
		if err != nil {
			t.Fatalf("%q was accepted, but it is not a URL: %v", requested, err)
		}
		base := basePaths[u.Scheme+"://"+strings.ToLower(u.Host)]
		if base == "" || u.User != nil {
			t.Fatalf("%q was accepted, but it is on the foreign host %q", requested, u.Host)
		}
		page := path.Clean("/" + u.Path)
		if page != base && !strings.HasPrefix(page, strings.TrimSuffix(base, "/")+"/") {
			t.Fatalf("%q was accepted, but its path %q is not below %q", requested, page, base)
		}
	})
}
