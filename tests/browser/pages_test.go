// Package browser tests the web pages of the program with Chromium.
package browser

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/harness"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// TestPages runs all tests in the same Chromium, because its start takes most of the time.
func TestPages(t *testing.T) {
	ctx := startChromium(t)
	t.Run("Swagger UI lists the operations", func(t *testing.T) { testSwaggerUI(t, ctx) })
	t.Run("without its CDN, ReDoc leads to Swagger UI", func(t *testing.T) { testReDocWithoutCDN(t, ctx) })
	t.Run("paying on the pretend checkout starts Pro", func(t *testing.T) { testPretendCheckout(t, ctx) })
	t.Run("the page is small and fast", func(t *testing.T) { testSpeed(t, ctx) })
	for _, test := range slices.Concat(chatTests, usabilityTests, refreshTests) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // most of the time they wait
			test.run(t, ctx)
		})
	}
}

// startChromium starts Chromium with an empty profile and returns the context of its
// first tab. It cannot reach the CDN of ReDoc. Chromium ends with the test, after 5 minutes
// at the latest.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	rig.Need(t, "chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"),
		chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP cdn.jsdelivr.net ~NOTFOUND"),
		chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, exit := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(exit)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	do(t, ctx) // starts Chromium
	return ctx
}

// testSwaggerUI proves that Swagger UI starts under the Content-Security-Policy of
// its page, which allows nothing from other sites, and reads the OpenAPI document.
func testSwaggerUI(t *testing.T, ctx context.Context) {
	app := harness.Start(t, harness.Config(t))
	do(t, ctx,
		chromedp.Navigate(app.URL()+"/docs"),
		chromedp.WaitVisible(chromedp.CSS(".opblock-summary-path")))
	page := read(t, ctx, chromedp.Text(chromedp.CSS("#swagger-ui")))
	page = strings.ReplaceAll(page, "\u200b", "") // Swagger UI lets long paths wrap with zero-width spaces
	for _, path := range []string{"/auth/verify-otp", "/chatroom/{id}/message", "/subscribe/pro"} {
		if !strings.Contains(page, path) {
			t.Errorf("Swagger UI does not list %s", path)
		}
	}
}

// testReDocWithoutCDN proves that the page of ReDoc says what is missing, without a script.
func testReDocWithoutCDN(t *testing.T, ctx context.Context) {
	app := harness.Start(t, harness.Config(t))
	do(t, ctx, chromedp.Navigate(app.URL()+"/redoc"))
	const visibleText = `document.querySelector("redoc").innerText` // "" while the text is hidden
	text := read(t, ctx, chromedp.Poll[string](visibleText))
	for _, want := range []string{"ReDoc is missing", "cdn.jsdelivr.net", "/docs", "/openapi.json"} {
		if !strings.Contains(text, want) {
			t.Errorf("text of the page = %q, want %q in it", text, want)
		}
	}
	do(t, ctx,
		chromedp.Click(chromedp.CSS(`a[href="/docs"]`)),
		chromedp.WaitVisible(chromedp.CSS(".opblock-summary-path")))
}

// testPretendCheckout pays in a browser, which sends headers such as Origin that the
// clients of other tests do not send.
func testPretendCheckout(t *testing.T, ctx context.Context) {
	app := harness.Start(t, harness.Config(t))
	user := client.Device{Client: client.At(app.URL()), TB: t}.Login(client.Number())
	do(t, ctx, chromedp.Navigate(user.Want(http.StatusCreated, "POST", "/subscribe/pro", nil).Field("url")))
	if price := read(t, ctx, chromedp.Text(chromedp.CSS(".price"))); price != "$9.99 / month" {
		t.Errorf("price on the checkout page = %q, want $9.99 / month", price)
	}
	do(t, ctx,
		chromedp.Click(chromedp.CSS(`button[value="decline"]`)),
		chromedp.WaitVisible(chromedp.CSS(`[role="alert"]`)),
		chromedp.Click(chromedp.CSS(`button[value="pay"]`)),
		chromedp.WaitNotPresent(chromedp.CSS(`button`)))
	page := read(t, ctx, chromedp.Location())
	if !strings.HasSuffix(page, "/pretend/app/subscription/success") {
		t.Errorf("paying leads to %s, want the success page of the pretend app", page)
	}
	for user.Want(http.StatusOK, "GET", "/subscribe/status", nil).Field("tier") != "Pro" {
		if ctx.Err() != nil {
			t.Fatal("the user has paid and is still Basic")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// do runs actions in the browser.
func do(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatalf("the browser failed: %v", err)
	}
}

// read runs a query in the browser and returns the result.
func read(t *testing.T, ctx context.Context, query chromedp.Action[string]) string {
	t.Helper()
	value, err := chromedp.Run(ctx, query)
	if err != nil {
		t.Fatalf("reading from the browser failed: %v", err)
	}
	return value
}
