package subscribe_test

import (
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const (
	success = "https://app.example/subscription/success"
	cancel  = "https://app.example/subscription/cancel"
	account = "https://app.example/account"
)

// leads makes the world's pages be below these.
func (w *world) leads(t testing.TB, allowed ...string) {
	t.Helper()
	w.pages = subscribe.Pages{Success: success, Cancel: cancel, Account: account}
	for _, one := range allowed {
		u, err := url.Parse(one)
		if err != nil {
			t.Fatal(err)
		}
		w.pages.Allowed = append(w.pages.Allowed, u)
	}
}

var allowed = []string{"https://app.example/subscription", "https://shop.example", "myapp://subscribed", "http://localhost:3000/"}

func TestPagesThatAreAllowed(t *testing.T) {
	w := newWorld(t)
	w.leads(t, allowed...)
	for _, asked := range []string{
		"", success, "https://app.example/subscription", "https://app.example/subscription/", "HTTPS://APP.example/subscription/x?session={CHECKOUT_SESSION_ID}#top",
		"https://shop.example", "https://shop.example/", "https://shop.example/a..b/...", "https://shop.example?a=/../b", "myapp://subscribed", "MyApp://Subscribed/pro?a=b", "http://localhost:3000", "http://localhost:3000/x",
	} {
		page, err := w.Checkout(t.Context(), ada, subscribe.Returns{Success: asked, Cancel: asked})
		if err != nil {
			t.Errorf("%s: %v", asked, err)
			continue
		}
		left, _ := w.company.Abandon(path.Base(page))
		if want := map[bool]string{true: cancel, false: asked}[asked == ""]; left != want {
			t.Errorf("%q leads back to %s", asked, left)
		}
	}
	page, err := w.Checkout(t.Context(), ada, subscribe.Returns{Success: "myapp://subscribed"})
	if err != nil {
		t.Fatal(err)
	}
	paid, _ := w.company.Pay(path.Base(page))
	if left, _ := w.company.Abandon(path.Base(page)); paid != "myapp://subscribed" || left != cancel {
		t.Errorf("paid, it leads to %q; left, to %q", paid, left)
	}
}

// strangers are pages that are not ours, however much they look so.
var strangers = []string{
	"https://evil.example", "http://app.example/subscription", "https://app.example", "https://app.example/", "https://app.example/subscriptions", "https://app.example/account",
	"https://app.example.evil.example/subscription", "https://evil.example/app.example/subscription", "https://app.example:444/subscription", "https://app.example@evil.example/subscription",
	"https://ada@app.example/subscription", "https://app.example/subscription/../account", "https://app.example/subscription/%2e%2e/account", "https://app.example/subscription/%2E%2e%2faccount",
	"https://app.example/subscription/..%2faccount", `https://app.example/subscription/..\account`, `https://app.example/subscription/..%5caccount`, "https://app.example/subscription/.", `https:\\evil.example`, `https://evil.example\@app.example/subscription`,
	"https://app.example\t/subscription", "https://app.example/subscription\n", " https://shop.example", "https://shop.example/\x00", "https://shop.example/é", "https://shop.\u212axample/", "https://shop.example/\x7f",
	"//shop.example", "/subscription", "shop.example", "https:shop.example", "https:/shop.example", "https:///shop.example", "https://", "https://shop.example/%zz", "javascript:alert(1)", "javascript://shop.example/%0aalert(1)", "data:text/html,x",
	"myapp:subscribed", "myapp:///subscribed", "myapp://other", "myapp2://subscribed", "http://localhost:3001/", "http://localhost/", "http://127.0.0.1:3000/", ".", "..", "?", "#",
}

func TestPagesThatAreNot(t *testing.T) {
	w := newWorld(t)
	w.leads(t, allowed...)
	rule := func(err error, fields ...string) {
		t.Helper()
		var named []string
		for _, f := range fault.Of(err).Fields {
			named = append(named, f.Name)
		}
		if fault.Of(err).Kind != fault.Invalid || !slices.Equal(named, fields) || strings.Contains(err.Error(), "example") {
			t.Errorf("it said %v of %q", err, named)
		}
	}
	for _, asked := range strangers {
		_, err := w.Checkout(t.Context(), ada, subscribe.Returns{Success: asked})
		rule(err, "success_url")
		_, err = w.Checkout(t.Context(), ada, subscribe.Returns{Success: success, Cancel: asked})
		rule(err, "cancel_url")
		_, err = w.Checkout(t.Context(), ada, subscribe.Returns{Success: asked, Cancel: asked})
		rule(err, "success_url", "cancel_url")
		_, err = w.Portal(t.Context(), ada, asked)
		rule(err, "return_url")
		w.clock.pass(time.Minute)
	}
	if w.fetched != 0 {
		t.Error("the company was asked")
	}
	w.leads(t)
	_, err := w.Checkout(t.Context(), ada, subscribe.Returns{Success: success})
	rule(err, "success_url") // with no list, the frontend's own pages are usual and not asked for
}

// The rules of a page come before the state of a subscription.
func TestWhereThePortalLeadsBackTo(t *testing.T) {
	w := newWorld(t)
	w.leads(t, allowed...)
	if _, err := w.Portal(t.Context(), ada, "myapp://subscribed"); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Errorf("without a subscription: %v", err)
	}
	if err := w.receive(t.Context(), "evt_1", w.bought(t)); err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{"": account, "myapp://subscribed/x": "myapp://subscribed/x"} {
		if _, err := w.Portal(t.Context(), ada, asked); err != nil || w.portal != want {
			t.Errorf("%q: leads back to %q, %v", asked, w.portal, err)
		}
	}
}
