// Package browser looks at the program's pages with a real browser.
package browser

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/client"
)

// start runs the program on a free port.
func start(t *testing.T) *boot.App {
	t.Helper()
	c, err := configs.Load(func(name string) string { return map[string]string{"HTTP_ADDR": "127.0.0.1:0"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	app, err := boot.New(c, boot.Log(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return app
}

// open starts Chromium, which CI must have; elsewhere its absence is said loudly.
func open(t *testing.T) context.Context {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed, and CI must have it")
		}
		t.Skip("NOT RUN: the pages were not looked at with a real browser, as chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(end)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	return ctx
}

func TestPages(t *testing.T) {
	ctx := open(t)
	t.Run("docs", func(t *testing.T) { docsList(t, ctx) })
	t.Run("checkout", func(t *testing.T) { payOnThePretendCheckout(t, ctx) })
}

// Swagger UI starts under its policy and lists the operations of the document, with nothing from outside.
func docsList(t *testing.T, ctx context.Context) {
	app := start(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(app.URL()+"/docs"), chromedp.WaitVisible(chromedp.CSS(".opblock-summary-path"))); err != nil {
		t.Fatal(err)
	}
	operations, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("#swagger-ui")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/auth/verify-otp", "/chatroom/{id}/message", "/subscribe/pro"} {
		if !strings.Contains(strings.ReplaceAll(operations, "\u200b", ""), want) {
			t.Errorf("%s is not listed", want)
		}
	}
}

// Pressing Pay in a browser, with the headers that browsers send, makes Pro hold.
func payOnThePretendCheckout(t *testing.T, ctx context.Context) {
	app := start(t)
	me := logIn(t, client.At(app.URL()))
	page := call(t, me, http.MethodPost, "/subscribe/pro", nil).Get("url")
	if err := chromedp.Do(ctx, chromedp.Navigate(page)); err != nil {
		t.Fatal(err)
	}
	price, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(".price")))
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(`button[value="decline"]`)), chromedp.WaitVisible(chromedp.CSS(`[role="alert"]`)),
		chromedp.Click(chromedp.CSS(`button[value="pay"]`)), chromedp.WaitNotPresent(chromedp.CSS(`button`))); err != nil {
		t.Fatal(err)
	}
	where, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		t.Fatal(err)
	}
	if price != "$9.99 / month" || !strings.HasSuffix(where, "/pretend/app/subscription/success") {
		t.Errorf("paid %q and came to %s", price, where)
	}
	for call(t, me, http.MethodGet, "/subscribe/status", nil).Get("tier") != "Pro" {
		if ctx.Err() != nil {
			t.Fatal("paid, and still Basic")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func logIn(t *testing.T, c *client.Client) *client.Client {
	t.Helper()
	number := map[string]string{"mobile_number": "+1234567890"}
	number["otp"] = call(t, c, http.MethodPost, "/auth/send-otp", number).Get("otp")
	return c.As(call(t, c, http.MethodPost, "/auth/verify-otp", number).Get("access_token"))
}

func call(t *testing.T, c *client.Client, method, path string, body any) client.Answer {
	t.Helper()
	a, err := c.Call(method, path, body)
	if err != nil || a.Status >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, a.Status, a.Body, err)
	}
	return a
}
