package configs

import (
	"slices"
	"strings"
	"testing"
)

func TestFrontendURLs(t *testing.T) {
	for value, want := range map[string]string{
		"":                             "",
		"https://app.example":          "https://app.example",
		"https://app.example/":         "https://app.example",
		"https://app.example//":        "https://app.example",
		"https://app.example/chat/":    "https://app.example/chat",
		"https://app.example/a%2fb":    "https://app.example/a%2fb",
		"HTTPS://App.Example:443/Chat": "https://app.example/Chat",
		"http://localhost:5173":        "http://localhost:5173",
		"https://a.example,https://b.example:8443 , capacitor://localhost": "" +
			"https://a.example https://b.example:8443 capacitor://localhost",
	} {
		var got []string
		for _, u := range (environment{"FRONTEND_URL": value}).load(t).FrontendURLs {
			got = append(got, u.String())
		}
		if list := strings.Join(got, " "); list != want {
			t.Errorf("with FRONTEND_URL=%q, FrontendURLs = %q, want %q", value, list, want)
		}
	}
}

// A browser sends the default port of http and https in no Origin header.
func TestFrontendOrigins(t *testing.T) {
	for value, want := range map[string][]string{
		"":                              nil,
		"https://app.example/chat/app":  {"https://app.example"},
		"HTTPS://App.Example:8443/chat": {"https://app.example:8443"},
		"https://app.example:443":       {"https://app.example"},
		"http://app.example:80/":        {"http://app.example"},
		"http://app.example:443":        {"http://app.example:443"},
		"https://app.example:":          {"https://app.example"},
		"http://[::1]:5173":             {"http://[::1]:5173"},
		"http://[::1]":                  {"http://[::1]"},
		"https://xn--bcher-kva.example": {"https://xn--bcher-kva.example"},
		"http://a.example, capacitor://localhost, ionic://localhost/": {
			"http://a.example", "capacitor://localhost", "ionic://localhost",
		},
		"app://.":                       {"app://."},
		"tauri://localhost":             {"tauri://localhost"},
		"chrome-extension://abcdefghij": {"chrome-extension://abcdefghij"},
	} {
		if got := (environment{"FRONTEND_URL": value}).load(t).FrontendOrigins(); !slices.Equal(got, want) {
			t.Errorf("with FRONTEND_URL=%q, FrontendOrigins() = %q, want %q", value, got, want)
		}
	}
}

func TestInvalidFrontendURLs(t *testing.T) {
	for _, value := range []string{
		"*", "null", "canary.example", "//canary.example", "/canary", "canary.example:8000", // no scheme
		"https:canary", "https://", "https:///canary", "https://:443", // no host
		"capacitor:", "capacitor:canary", "capacitor:///canary",
		"http://%zz", "://canary", "https://canary.example/%zz", "https://canary .example", // no URL
		"https://*.canary.example", "https://*", "https://bücher.canary", "https://a.example;canary",
		"https://canary.example:65536", "https://canary.example:http", "http://[fe80::1%25canary]",
		"https://canary.example?a=b", "https://canary.example?", "https://canary.example#top",
		"https://ada@canary.example", "https://ada:canary@app.example",
		"javascript://canary.example/%0aalert(1)", "JavaScript:alert(1)", "data://canary", "data:text/html,canary",
		"vbscript://canary", "blob:https://canary.example", "blob://canary", "file:///canary", "file://host/canary",
		"about:blank", "about://canary",
		"https://a.example,", ",", "https://a.example, ,https://b.example", // an empty element
		"https://a.example,canary", "https://a.example,null", "https://a.example,*",
		"https://a.example https://canary.example", "https://a.example;https://canary.example", // another separator
	} {
		environment{"FRONTEND_URL": value}.wantProblems(t, "FRONTEND_URL")
		set := productionEnv.with(environment{"FRONTEND_URL": value})
		set.wantProblems(t, append(slices.Clone(productionLacks), "FRONTEND_URL")...)
	}
}

// Stripe cannot return to the scheme of an app. The pretend checkout of development can.
func TestStripeReturnsToAWebPage(t *testing.T) {
	const apps = "capacitor://localhost,https://app.example"
	stripe := environment{"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x"}
	environment{"FRONTEND_URL": apps}.wantProblems(t)
	stripe.with(environment{"FRONTEND_URL": apps}).wantProblems(t, "FRONTEND_URL")
	for _, first := range []string{"https://app.example", "http://localhost:5173"} {
		stripe.with(environment{"FRONTEND_URL": first + "," + apps}).wantProblems(t)
	}
}

func TestHostNames(t *testing.T) {
	for _, c := range []struct {
		set  environment
		want []string
	}{
		{environment{}, []string{"127.0.0.1"}},
		{environment{"PORT": "8000", "APP_ENV": "development"}, nil},
		{environment{"HTTP_ADDR": "Parley.Internal:80", "APP_ENV": "development"}, []string{"parley.internal"}},
		{
			environment{"FRONTEND_URL": "https://App.example:8443/chat,capacitor://localhost"},
			[]string{"app.example", "localhost", "127.0.0.1"},
		},
	} {
		if got := c.set.load(t).HostNames(); !slices.Equal(got, c.want) {
			t.Errorf("with %q, HostNames() = %q, want %q", c.set, got, c.want)
		}
	}
}
