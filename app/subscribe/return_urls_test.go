package subscribe_test

import (
	"errors"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// allowedURLs are the pages below which return URLs are allowed.
var allowedURLs = []string{
	"https://app.example/subscription", "https://shop.example", "myapp://subscribed", "http://localhost:3000/",
}

func TestAllowedReturnURLs(t *testing.T) {
	h := newHarness(t)
	h.setReturnPages(t, allowedURLs...)
	for _, requested := range []string{
		"",
		successURL,
		"https://app.example/subscription",
		"https://app.example/subscription/",
		"HTTPS://APP.example/subscription/x?session={CHECKOUT_SESSION_ID}#top",
		"https://shop.example",
		"https://shop.example/",
		"https://shop.example/a..b/...",
		"https://shop.example?a=/../b",
		"myapp://subscribed",
		"MyApp://Subscribed/pro?a=b",
		"http://localhost:3000",
		"http://localhost:3000/x",
	} {
		page, err := h.Checkout(t.Context(), ada, subscribe.ReturnURLs{Success: requested, Cancel: requested})
		if err != nil {
			t.Errorf("return URL %q: %v, want it allowed", requested, err)
			continue
		}
		want := requested
		if requested == "" {
			want = cancelURL
		}
		if got, _ := h.provider.Abandon(path.Base(page)); got != want {
			t.Errorf("with return URL %q, an abandoned checkout returns to %s, want %s", requested, got, want)
		}
	}
}

func TestOneReturnURLIsRequested(t *testing.T) {
	h := newHarness(t)
	h.setReturnPages(t, allowedURLs...)
	page, err := h.Checkout(t.Context(), ada, subscribe.ReturnURLs{Success: "myapp://subscribed"})
	if err != nil {
		t.Fatalf("opening a checkout page: %v", err)
	}
	if got, _ := h.provider.Pay(path.Base(page)); got != "myapp://subscribed" {
		t.Errorf("a paid checkout returns to %s, want the requested URL", got)
	}
	if got, _ := h.provider.Abandon(path.Base(page)); got != cancelURL {
		t.Errorf("an abandoned checkout returns to %s, want the default URL", got)
	}
}

// foreignURLs are not below an allowed page, although some look like it.
var foreignURLs = []string{
	// another host, scheme, port or path
	"https://evil.example",
	"http://app.example/subscription",
	"https://app.example",
	"https://app.example/",
	"https://app.example/subscriptions",
	"https://app.example/account",
	"https://app.example.evil.example/subscription",
	"https://evil.example/app.example/subscription",
	"https://app.example:444/subscription",
	"myapp:subscribed",
	"myapp:///subscribed",
	"myapp://other",
	"myapp2://subscribed",
	"http://localhost:3001/",
	"http://localhost/",
	"http://127.0.0.1:3000/",

	// user information
	"https://app.example@evil.example/subscription",
	"https://ada@app.example/subscription",

	// dot segments and backslashes
	"https://app.example/subscription/../account",
	"https://app.example/subscription/%2e%2e/account",
	"https://app.example/subscription/%2E%2e%2faccount",
	"https://app.example/subscription/..%2faccount",
	`https://app.example/subscription/..\account`,
	`https://app.example/subscription/..%5caccount`,
	"https://app.example/subscription/.",
	`https:\\evil.example`,
	`https://evil.example\@app.example/subscription`,

	// characters that a browser removes or converts
	"https://app.example\t/subscription",
	"https://app.example/subscription\n",
	" https://shop.example",
	"https://shop.example/\x00",
	"https://shop.example/é",
	"https://shop.\u212axample/",
	"https://shop.example/\x7f",

	// not an absolute URL with a host
	"//shop.example",
	"/subscription",
	"shop.example",
	"https:shop.example",
	"https:/shop.example",
	"https:///shop.example",
	"https://",
	"https://shop.example/%zz",
	"javascript:alert(1)",
	"javascript://shop.example/%0aalert(1)",
	"data:text/html,x",
	".",
	"..",
	"?",
	"#",
}

// checkRefused checks that err has kind fault.Invalid, names these fields, and does not repeat the URL.
func checkRefused(t *testing.T, err error, requested string, fields ...string) {
	t.Helper()
	refusal := fault.Of(err)
	var names []string
	for _, f := range refusal.Fields {
		names = append(names, f.Name)
	}
	if refusal.Kind != fault.Invalid || !slices.Equal(names, fields) {
		t.Errorf("return URL %q: %v with fields %q, want fault.Invalid with fields %q", requested, err, names, fields)
	}
	if err != nil && strings.Contains(err.Error(), "example") {
		t.Errorf("return URL %q: the error repeats it: %v", requested, err)
	}
}

func TestForeignReturnURLsAreRefused(t *testing.T) {
	h := newHarness(t)
	h.setReturnPages(t, allowedURLs...)
	checkout := func(urls subscribe.ReturnURLs) error {
		_, err := h.Checkout(t.Context(), ada, urls)
		return err
	}
	for _, foreign := range foreignURLs {
		err := checkout(subscribe.ReturnURLs{Success: foreign})
		checkRefused(t, err, foreign, "success_url")
		err = checkout(subscribe.ReturnURLs{Success: successURL, Cancel: foreign})
		checkRefused(t, err, foreign, "cancel_url")
		err = checkout(subscribe.ReturnURLs{Success: foreign, Cancel: foreign})
		checkRefused(t, err, foreign, "success_url", "cancel_url")
		_, err = h.Portal(t.Context(), ada, foreign)
		checkRefused(t, err, foreign, "return_url")
		h.clock.advance(time.Minute) // stays below the user's rate limit
	}
	h.checkFetches(t, 0)

	h.setReturnPages(t)
	err := checkout(subscribe.ReturnURLs{Success: successURL})
	checkRefused(t, err, successURL, "success_url") // a default page that is not in Allowed must not be requested
}

// The return URL is checked before the state of the subscription.
func TestPortalReturnURL(t *testing.T) {
	h := newHarness(t)
	h.setReturnPages(t, allowedURLs...)
	if _, err := h.Portal(t.Context(), ada, "myapp://subscribed"); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Errorf("portal without a subscription: %v, want ErrNotSubscribed", err)
	}
	h.buyProWithWebhook(t)
	for requested, want := range map[string]string{"": accountURL, "myapp://subscribed/x": "myapp://subscribed/x"} {
		_, err := h.Portal(t.Context(), ada, requested)
		if got := h.portalReturnURL; err != nil || got != want {
			t.Errorf("with return URL %q the portal returns to %q, %v, want %q", requested, got, err, want)
		}
	}
}
