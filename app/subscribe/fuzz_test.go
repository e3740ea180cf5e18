package subscribe_test

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

// Whatever a client asks for, a page leads to one of the app's own, as a browser reads it.
func FuzzReturnPage(f *testing.F) {
	w := newWorld(f)
	w.leads(f, allowed...)
	for _, asked := range append(strangers, success, "myapp://subscribed/a?b#c", "HTTP://localhost:3000/%2f") {
		f.Add(asked)
	}
	if err := w.receive(f.Context(), "evt_1", w.bought(f)); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, asked string) {
		if _, err := w.Portal(t.Context(), ada, asked); err != nil || asked == "" {
			return
		}
		u, err := url.Parse(strings.ReplaceAll(asked, `\`, "/"))
		if err != nil || w.portal != asked {
			t.Fatalf("%q leads to %q, %v", asked, w.portal, err)
		}
		base := map[string]string{"https://app.example": "/subscription", "https://shop.example": "/", "myapp://subscribed": "/", "http://localhost:3000": "/"}[u.Scheme+"://"+strings.ToLower(u.Host)]
		if at := path.Clean("/" + u.Path); base == "" || u.User != nil || at != base && !strings.HasPrefix(at, strings.TrimSuffix(base, "/")+"/") {
			t.Fatalf("%q leads to %s of %s", asked, at, u.Host)
		}
	})
}
